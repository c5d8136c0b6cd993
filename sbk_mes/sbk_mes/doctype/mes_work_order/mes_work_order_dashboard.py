from frappe import _


def get_data():
	"""What the form counts and leads to."""
	return {
		"fieldname": "work_order",
		"non_standard_fieldnames": {"MES Work Order": "parent_work_order", "MES Order Link": "from_order"},
		"transactions": [
			{"label": _("Orders"), "items": ["MES Work Order", "MES Order Link", "MES Change Order"]},
			{"label": _("Execution"), "items": ["MES Pick List", "MES Stock Entry", "MES Freeze"]},
			{"label": _("Record"), "items": ["MES Event"]},
		],
	}
