from frappe.model.document import Document


class DashboardChartField(Document):
	"""A series of a dashboard chart."""
