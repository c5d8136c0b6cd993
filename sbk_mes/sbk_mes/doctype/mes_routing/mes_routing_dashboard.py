from frappe import _


def get_data():
	"""What the form counts and leads to."""
	return {
		"fieldname": "routing",
		"non_standard_fieldnames": {"MES Item": "default_routing"},
		"transactions": [
			{"label": _("Product"), "items": ["MES BOM", "MES Item"]},
			{"label": _("Orders"), "items": ["MES Work Order"]},
		],
	}
