from frappe.model.document import Document


class DashboardChart(Document):
	"""A chart an app ships; stored for the desk of a bench."""
