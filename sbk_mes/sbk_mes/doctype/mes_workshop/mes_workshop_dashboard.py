from frappe import _


def get_data():
	"""What the form counts and leads to."""
	return {
		"fieldname": "workshop",
		"transactions": [
			{"label": _("Plant"), "items": ["MES Resource", "MES Warehouse", "MES Routing"]},
			{"label": _("Orders"), "items": ["MES Work Order"]},
		],
	}
