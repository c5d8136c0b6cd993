import frappe

no_cache = 1


def get_context(context):
	context.app_path = frappe.form_dict.app_path or ""
	return context
