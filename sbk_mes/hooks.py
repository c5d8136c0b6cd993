app_name = "sbk_mes"
app_title = "SBK MES"
app_publisher = "SBK MES contributors"
app_description = "Production work orders for Frappe, and standalone on one laptop"
app_email = "maintainers@sbk-mes.invalid"
app_license = "MIT"
app_logo_url = "/assets/sbk_mes/images/mes.svg"

# Routes

add_to_apps_screen = [
	{
		"name": "sbk_mes",
		"logo": "/assets/sbk_mes/images/mes.svg",
		"title": "SBK MES",
		"route": "/mes",
		"has_permission": "sbk_mes.permissions.has_app_permission",
	}
]
website_route_rules = [{"from_route": "/mes/<path:app_path>", "to_route": "mes"}]

# Server: benchless imports these before it forks; a bench, which does not know the hook, at the first request

server_modules = ["sbk_mes.api.orders", "sbk_mes.api.shopfloor", "sbk_mes.api.board"]

# Desk

doctype_js = {
	"MES BOM": ["public/js/dialogs.js", "public/js/changes.js"],
	"MES Campaign": "public/js/campaign.js",
	"MES Change Order": ["public/js/dialogs.js", "public/js/changes.js"],
	"MES Routing": ["public/js/dialogs.js", "public/js/changes.js"],
	"MES Sales Order": [
		"public/js/dialogs.js",
		"public/js/lines.js",
		"public/js/convert.js",
		"public/js/ship.js",
		"public/js/changes.js",
	],
	"MES Replenishment Suggestion": "public/js/convert.js",
	"MES Work Order": [
		"public/js/dialogs.js",
		"public/js/lines.js",
		"public/js/floor.js",
		"public/js/rush.js",
		"public/js/changes.js",
		"public/js/merge.js",
		"public/js/split.js",
	],
	"MES Operation Report": "public/js/posting.js",
	"MES Inspection": "public/js/posting.js",
	"MES Inbound": "public/js/posting.js",
	"MES Shipment": "public/js/posting.js",
}
doctype_list_js = {
	"MES Campaign": "public/js/campaign.js",
	"MES Work Order": ["public/js/dialogs.js", "public/js/merge.js", "public/js/campaign.js"],
	"MES Sales Order": ["public/js/lines.js", "public/js/convert.js"],
	"MES Replenishment Suggestion": "public/js/convert.js",
}

jinja = {"methods": ["sbk_mes.printing.bar_code"]}

# Install

after_install = "sbk_mes.install.after_install"
after_migrate = ["sbk_mes.install.after_migrate"]

# Fixtures: only records of this app leave with an export

fixtures = [
	{"dt": "Role", "filters": [["name", "like", "MES %"]]},
	{
		"dt": "Workflow State",
		"filters": [
			[
				"name",
				"in",
				[
					"Draft",
					"Released",
					"Scheduled",
					"Dispatched",
					"Picking",
					"In Production",
					"Inspection",
					"Inbound",
					"Completed",
					"Closed",
					"Frozen",
					"Merged",
					"Canceled with Return",
					"Canceled",
					"Canceled Draft",
					"Submitted",
					"Approved",
					"Applied",
					"Rejected",
					"Cancelled",
					"Stale",
				],
			]
		],
	},
	{
		"dt": "Workflow Action Master",
		"filters": [
			[
				"name",
				"in",
				[
					"Release",
					"Schedule",
					"Unschedule",
					"Dispatch",
					"Recall",
					"Start Picking",
					"Start Production",
					"Finish Reporting",
					"Finish Inspection",
					"Finish Inbound",
					"Force Complete",
					"Reverse",
					"Settle",
					"Reopen",
					"Freeze",
					"Unfreeze",
					"Cancel",
					"Close with Return",
					"Merge",
					"Unmerge",
					"Roll Up",
					"Submit for Approval",
					"Approve",
					"Apply",
					"Reject",
					"Withdraw",
					"Mark Stale",
				],
			]
		],
	},
	{"dt": "Workflow", "filters": [["name", "like", "MES %"]]},
]

# Permissions: what hangs on a work order is seen by whoever sees the work order

permission_query_conditions = {
	"MES Event": "sbk_mes.permissions.of_visible_work_orders",
	"MES Pick List": "sbk_mes.permissions.of_visible_work_orders",
	"MES Change Order": "sbk_mes.permissions.of_visible_work_orders",
	"MES Operation Report": "sbk_mes.permissions.of_visible_work_orders",
	"MES Inspection": "sbk_mes.permissions.of_visible_work_orders",
	"MES Inbound": "sbk_mes.permissions.of_visible_work_orders",
	"MES Freeze": "sbk_mes.permissions.of_visible_work_orders",
	"MES Cost Entry": "sbk_mes.permissions.of_visible_work_orders",
	"MES Lot Trace": "sbk_mes.permissions.of_visible_work_orders",
	"MES Schedule Block": "sbk_mes.permissions.of_visible_work_orders",
	"MES Schedule Effect": "sbk_mes.permissions.of_visible_work_orders",
}
has_permission = {
	"MES Event": "sbk_mes.permissions.sees_the_work_order",
	"MES Pick List": "sbk_mes.permissions.sees_the_work_order",
	"MES Change Order": "sbk_mes.permissions.sees_the_work_order",
	"MES Operation Report": "sbk_mes.permissions.sees_the_work_order",
	"MES Inspection": "sbk_mes.permissions.sees_the_work_order",
	"MES Inbound": "sbk_mes.permissions.sees_the_work_order",
	"MES Freeze": "sbk_mes.permissions.sees_the_work_order",
	"MES Cost Entry": "sbk_mes.permissions.sees_the_work_order",
	"MES Lot Trace": "sbk_mes.permissions.sees_the_work_order",
	"MES Schedule Block": "sbk_mes.permissions.sees_the_work_order",
	"MES Schedule Effect": "sbk_mes.permissions.sees_the_work_order",
}

# The event stream and the record of a conversion outlive the draft they tell of

ignore_links_on_delete = ["MES Event", "MES Conversion", "MES Schedule Block", "MES Schedule Effect"]

# Documents

doc_events = {
	"MES Work Order": {"on_submit": "sbk_mes.planning.triggers.on_release"},
	"MES Operation Report": {"on_submit": "sbk_mes.planning.triggers.on_report"},
	"MES Sales Order": {"on_submit": "sbk_mes.conversion.run.on_sales_order_submit"},
	"Sales Order": {
		"on_submit": "sbk_mes.integrations.erpnext.on_submit",
		"on_cancel": "sbk_mes.integrations.erpnext.on_cancel",
		"on_update_after_submit": "sbk_mes.integrations.erpnext.on_update_after_submit",
	},
}

# Cron

scheduler_events = {
	"cron": {
		"*/10 * * * *": ["sbk_mes.jobs.alert_overdue_freezes"],
		"0 2 * * *": ["sbk_mes.jobs.replan_nightly"],
		"17 * * * *": ["sbk_mes.jobs.prepare_solver"],
		"*/5 * * * *": [
			"sbk_mes.jobs.tend_schedules",
			"sbk_mes.jobs.resume_conversions",
			"sbk_mes.jobs.settle_completed",
			"sbk_mes.jobs.complete_campaigns",
			"sbk_mes.jobs.serve_what_lies_free",
		],
	},
}
