from frappe import _


def get_data():
	"""What the form counts and leads to."""
	return {
		"fieldname": "sales_order",
		"transactions": [
			{"label": _("Orders"), "items": ["MES Work Order", "MES Production Order"]},
		],
	}
