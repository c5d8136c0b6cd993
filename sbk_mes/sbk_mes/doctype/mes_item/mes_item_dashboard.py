from frappe import _


def get_data():
	"""What the form counts and leads to."""
	return {
		"fieldname": "item",
		"non_standard_fieldnames": {"MES Item": "style"},
		"transactions": [
			{"label": _("Product"), "items": ["MES BOM", "MES Routing", "MES Item"]},
			{"label": _("Orders"), "items": ["MES Work Order", "MES Replenishment Suggestion"]},
			{"label": _("Stock"), "items": ["MES Stock Balance", "MES Stock Ledger Entry"]},
		],
	}
