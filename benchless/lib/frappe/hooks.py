app_name = "frappe"
app_title = "Frappe Framework"
app_publisher = "benchless"
app_description = "The framework's own hooks"
app_license = "MIT"

_INBOX = "frappe.workflow.doctype.workflow_action.workflow_action"
_BELL = "frappe.desk.doctype.notification_log.notification_log"

permission_query_conditions = {
	"Workflow Action": f"{_INBOX}.get_permission_query_conditions",
	"ToDo": "frappe.desk.doctype.todo.todo.get_permission_query_conditions",
	"Notification Log": f"{_BELL}.get_permission_query_conditions",
	"User": "frappe.core.doctype.user.user.get_permission_query_conditions",
	"File": "frappe.core.doctype.file.file.get_permission_query_conditions",
}

has_permission = {
	"Workflow Action": f"{_INBOX}.has_permission",
	"ToDo": "frappe.desk.doctype.todo.todo.has_permission",
	"User": "frappe.core.doctype.user.user.has_permission",
	"File": "frappe.core.doctype.file.file.has_permission",
}

doc_events = {
	"*": {
		"on_update": f"{_INBOX}.process_workflow_actions",
		"on_update_after_submit": (f"{_INBOX}.process_workflow_actions"),
		"on_cancel": f"{_INBOX}.process_workflow_actions",
		"on_trash": f"{_INBOX}.process_workflow_actions",
	},
}

ignore_links_on_delete = [
	"Version",
	"Comment",
	"ToDo",
	"DocShare",
	"Notification Log",
	"Workflow Action",
	"File",
]

scheduler_events = {"daily": ["frappe.sessions.clear_expired_sessions"]}
