from frappe import _


def get_data():
	"""What the form counts and leads to."""
	return {
		"fieldname": "production_order",
		"transactions": [
			{"label": _("Orders"), "items": ["MES Work Order"]},
		],
	}
