from frappe import _


def get_data():
	"""What the form counts and leads to."""
	return {
		"fieldname": "project",
		"transactions": [
			{"label": _("Orders"), "items": ["MES Production Order", "MES Work Order"]},
		],
	}
