"""The reports of the desk, asked as the desk asks them."""

import pytest
from floor import SCRAP, done, judged, make_order

import frappe
from frappe.tests.utils import change_settings

from sbk_mes import testing
from sbk_mes.costing import settle
from sbk_mes.rules.states import PLANNER
from sbk_mes.shopfloor.inbound import inbound
from sbk_mes.shopfloor.reversing import reverse


def run(name, **filters):
	"""The rows of a report, and the fields of its columns."""
	execute = frappe.get_attr(f"sbk_mes.sbk_mes.report.{frappe.scrub(name)}.{frappe.scrub(name)}.execute")
	columns, rows, *_rest = execute(frappe._dict(filters))
	return rows, [column["fieldname"] for column in columns]


@pytest.mark.parametrize(
	"name", ["MES Work in Process", "MES Yield and Scrap", "MES Cost Variance", "MES Order Traceability"]
)
def test_reports_are_on_the_site_and_answer_without_filters(name):
	report = frappe.get_doc("Report", name)
	assert (report.report_type, report.is_standard) == ("Script Report", "Yes")
	assert all(frappe.db.exists("Role", row.role) for row in report.roles)
	rows, fields = run(name)
	assert len(fields) == len(set(fields)) and isinstance(rows, list)


def test_work_in_process_says_where_every_piece_is():
	order = make_order(100, operations=2, inspected=True)
	done(order, 10, 60, scrap=4)
	done(order, 20, 50)
	judged(order, accepted=30)
	inbound(order.name, 10, warehouse=testing.make_warehouse())
	((row,), fields) = run("MES Work in Process", item=order.item)
	assert set(fields) <= set(row)
	assert {
		field: row[field] for field in ("not_started", "in_process", "waiting_inspection", "accepted")
	} == {
		"not_started": 36,
		"in_process": 10,
		"waiting_inspection": 20,
		"accepted": 20,
	}
	assert (row["inbound"], row["scrap"]) == (10, 4)


def test_scrap_is_ranked_by_what_causes_most_of_it():
	order = make_order(100, operations=2, inspected=True)
	other = testing.make("MES Reason", reason=testing.unique("Reason"), applies_to="Scrap").name
	done(order, 10, 90, scrap=6)
	done(order, 10, 2, scrap=2, scrap_reason=other)
	done(order, 20, 92)
	judged(order, accepted=80, scrap=2)
	rows, _fields = run("MES Yield and Scrap", item=order.item)
	assert [(row["group"], row["scrap"], row["cumulative_pct"]) for row in rows] == [
		(SCRAP, 8, 80),
		(other, 2, 100),
	]


def test_yield_of_operations_counts_verdicts_and_no_reversals():
	order = make_order(100, operations=2, inspected=True)
	wrong = done(order, 10, 10)
	reverse(wrong.doctype, wrong.name, "counted wrongly")
	done(order, 10, 90, scrap=10)
	done(order, 20, 80)
	judged(order, accepted=60, scrap=20)
	rows, _fields = run("MES Yield and Scrap", item=order.item, group_by="Operation")
	assert [(row["group"], row["good"], row["scrap"], row["yield_pct"]) for row in rows] == [
		("20 Step 2", 60, 20, 75),
		("10 Step 1", 90, 10, 90),
	]
	((row,), _fields) = run("MES Yield and Scrap", item=order.item, group_by="Item")
	assert row["first_pass_pct"] == pytest.approx(100 * 150 / 180)


def test_trials_and_rework_count_apart():
	order = make_order(10, operations=1, order_type="Trial")
	done(order, 10, 8, scrap=2)
	assert run("MES Yield and Scrap", item=order.item)[0] == []
	assert run("MES Yield and Scrap", item=order.item, with_trial_and_rework=1)[0][0]["scrap"] == 2
	assert run("MES Yield and Scrap", item=order.item, order_type="Trial")[0][0]["scrap"] == 2


def test_causes_of_a_settled_order_add_up_to_its_variance():
	order = make_order(10, operations=1, fg_warehouse=testing.make_warehouse(kind="Finished"))
	frappe.db.set_value("MES Resource", order.operations[0].resource, "rate_per_hour", 40)
	with change_settings("MES Settings", {"labour_rate": 25}):
		done(order, 10, labour_mins=60, machine_mins=30)
		inbound(order.name)
		settle.settle(order.name)
	((row,), fields) = run("MES Cost Variance", item=order.item)
	causes = fields[fields.index("variance") + 1 :]
	assert row["variance"] == pytest.approx(row["actual_cost"] - row["planned_cost"])
	assert sum(row[cause] for cause in causes) == pytest.approx(row["variance"], abs=0.01)


def test_a_lot_is_traced_both_ways():
	material = testing.make_material()
	order = make_order(10, operations=1, components=[{"item": material, "qty": 2}])
	done(order, 10, 10)
	rows, _fields = run("MES Order Traceability", work_order=order.name)
	assert [(row["indent"], row["item"], row["qty"]) for row in rows] == [
		(0, order.item, None),
		(1, material, 20),
	]
	assert rows[0]["work_order"] == order.name


def test_a_hidden_order_is_in_no_report():
	order = make_order(10, operations=1, workshop=testing.make_workshop())
	done(order, 10, 8, scrap=2)
	user = testing.make_user(PLANNER, email="reports.planner@example.com")
	testing.make(
		"User Permission",
		user=user,
		allow="MES Workshop",
		for_value=testing.make_workshop(),
		apply_to_all_doctypes=1,
	)
	frappe.set_user(user)
	assert run("MES Work in Process", item=order.item)[0] == []
	assert run("MES Yield and Scrap", item=order.item)[0] == []
	assert run("MES Order Traceability", work_order=order.name)[0][0]["work_order"] is None
