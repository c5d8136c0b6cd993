from frappe import _


def get_data():
	"""What the form counts and leads to."""
	return {
		"fieldname": "stock_entry",
		"transactions": [
			{"label": _("Stock"), "items": ["MES Stock Ledger Entry"]},
		],
	}
