app_name = "tinyapp"
app_title = "Tiny"
app_publisher = "SBK"
app_description = "The smallest app that touches every room of a Frappe runtime"
app_email = "tiny@example.com"
app_license = "MIT"

before_install = "tinyapp.setup.before_install"
after_install = "tinyapp.setup.after_install"
after_sync = "tinyapp.setup.after_sync"
before_migrate = "tinyapp.setup.before_migrate"
after_migrate = ["tinyapp.setup.after_migrate"]
before_uninstall = "tinyapp.setup.before_uninstall"
before_tests = "tinyapp.setup.before_tests"

fixtures = [
	{"dt": "Workflow State", "filters": [["name", "like", "Tiny %"]]},
	{"dt": "Workflow Action Master", "filters": [["name", "like", "Tiny %"]]},
	{"dt": "Workflow", "filters": [["document_type", "=", "Tiny Request"]]},
]

permission_query_conditions = {"Tiny Note": "tinyapp.rights.note_conditions"}
has_permission = {"Tiny Note": "tinyapp.rights.note_permission"}

doc_events = {
	"Tiny Order": {"validate": "tinyapp.events.record", "on_submit": ["tinyapp.events.record"]},
	("Tiny Customer", "Tiny Note"): {"on_update": "tinyapp.events.record"},
	"*": {"after_delete": "tinyapp.events.record"},
}

scheduler_events = {
	"hourly": ["tinyapp.jobs.count_hour"],
	"cron": {"*/5 * * * *": ["tinyapp.jobs.count_tick"]},
}

website_route_rules = [{"from_route": "/tiny/<path:app_path>", "to_route": "tiny"}]
add_to_apps_screen = [{"name": "tinyapp", "logo": "", "title": "Tiny", "route": "/tiny"}]
website_redirects = [{"source": "/old/(.*)", "target": r"/tiny/\1"}]

before_request = ["tinyapp.web.count_before"]
after_request = ["tinyapp.web.mark_after"]
on_login = "tinyapp.web.note_login"
on_logout = "tinyapp.web.note_login"
auth_hooks = ["tinyapp.web.authenticate"]
override_whitelisted_methods = {"tinyapp.web.overridden": "tinyapp.web.answer_of_override"}
