from frappe import _


def get_data():
	"""What the form counts and leads to."""
	return {
		"fieldname": "work_order",
		"non_standard_fieldnames": {"MES Work Order": "parent_work_order", "MES Order Link": "from_order"},
		"internal_links": {"MES Campaign": ["operations", "campaign"]},
		"transactions": [
			{
				"label": _("Orders"),
				"items": ["MES Work Order", "MES Order Link", "MES Campaign", "MES Change Order"],
			},
			{"label": _("Execution"), "items": ["MES Pick List", "MES Stock Entry", "MES Freeze"]},
			{"label": _("Record"), "items": ["MES Event"]},
		],
	}
