"""What a site needs before the first order. Running it again changes nothing that was set since."""

import frappe

from sbk_mes import jobs

ORDER_TYPES = (
	("MTO", "WO-.####"),
	("MTS", "WO-.####"),
	("ETO", "WO-.####"),
	("Trial", "TR-.####"),
	("Rework", "RW-.####"),
)
NEW_SWITCHES = {
	"mirror_erpnext_orders": 1,
	"settle_automatically": 1,
	"require_rates": 1,
	"normal_scrap_pct": 100,
	"overhead_base": "Labour and Machine",
	"fence_mins": 60,
	"horizon_days": 90,
	"solver_seconds": 5,
	"solver_workers": 2,
	"schedule_timeout_s": 600,
	"move_threshold_mins": 60,
	"urgent_daily_quota": 3,
	"replan_nightly": 1,
	"replan_on_breakdown": 1,
}
UNITS = (("Nos", 1), ("Set", 1), ("Box", 1), ("kg", 0), ("g", 0), ("m", 0), ("l", 0))
REASONS = (
	("Quality problem", "Freeze", "Quality"),
	("Material missing", "Freeze", "Material"),
	("Machine breakdown", "Freeze", "Equipment"),
	("Change pending", "Freeze", "Change"),
	("Customer stopped the order", "Freeze", "Customer"),
	("Dimension out of tolerance", "Scrap", None),
	("Surface defect", "Scrap", None),
	("Customer changed the order", "Change", None),
	("Engineering change", "Change", None),
	("VIP customer", "Urgent", None),
	("Customer cancelled", "Cancel", None),
	("Agreed with the customer", "Override", None),
	("Machine capacity", "Split", None),
	("Other", "Other", None),
)


def after_install() -> None:
	"""The site has an order type policy each, a few units and reasons to begin with."""
	set_order_type_policies()
	make_units()
	make_reasons()


def after_migrate() -> None:
	"""A site that is older than a setting gets its default; a solver that is new is compiled by a worker."""
	set_new_switches()
	set_order_type_policies()
	jobs.request_solver()


def set_order_type_policies() -> None:
	"""Each order type has a policy; those that were set stay as they are."""
	settings = frappe.get_single("MES Settings")
	known = {row.order_type for row in settings.order_types}
	missing = [policy for policy in ORDER_TYPES if policy[0] not in known]
	if not missing:
		return
	for order_type, naming_series in missing:
		settings.append("order_types", {"order_type": order_type, "naming_series": naming_series})
	for field, default in (("lines_in_request", 20), ("convert_timeout_s", 1500)):
		settings.set(field, settings.get(field) or default)
	if not known:
		settings.group_by_sales_order = 1
		settings.update(NEW_SWITCHES)
	settings.save(ignore_permissions=True)


def set_new_switches() -> None:
	"""A setting that was never stored is as on a new site; one that was set stays as it is."""
	stored = frappe.db.get_singles_dict("MES Settings")
	for field, value in NEW_SWITCHES.items():
		if stored.get(field) is None:
			frappe.db.set_single_value("MES Settings", field, value)


def make_units() -> None:
	"""Common units, on a site that has none."""
	if frappe.db.count("MES UOM"):
		return
	for uom_name, whole in UNITS:
		unit = frappe.new_doc("MES UOM")
		unit.update({"uom_name": uom_name, "must_be_whole_number": whole})
		unit.insert(ignore_permissions=True)


def make_reasons() -> None:
	"""Common reasons, on a site that has none."""
	if frappe.db.count("MES Reason"):
		return
	for text, applies_to, freeze_kind in REASONS:
		reason = frappe.new_doc("MES Reason")
		reason.update({"reason": text, "applies_to": applies_to, "freeze_kind": freeze_kind})
		reason.allows_verdicts = int(freeze_kind == "Quality")
		reason.insert(ignore_permissions=True)
