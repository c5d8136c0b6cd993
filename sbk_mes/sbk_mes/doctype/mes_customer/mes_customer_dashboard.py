from frappe import _


def get_data():
	"""What the form counts and leads to."""
	return {
		"fieldname": "customer",
		"transactions": [
			{"label": _("Demand"), "items": ["MES Sales Order", "MES Project"]},
			{"label": _("Orders"), "items": ["MES Work Order"]},
		],
	}
