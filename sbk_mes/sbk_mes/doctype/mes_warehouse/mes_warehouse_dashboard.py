from frappe import _


def get_data():
	"""What the form counts and leads to."""
	return {
		"fieldname": "warehouse",
		"transactions": [
			{"label": _("Stock"), "items": ["MES Stock Balance", "MES Stock Ledger Entry", "MES Pick List"]},
		],
	}
