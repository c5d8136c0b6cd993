"""Columns and filters that the reports of the desk share."""

from collections.abc import Mapping
from typing import Any

from frappe.utils import cint, get_datetime

APART = ("Trial", "Rework")
MATCHED = ("item", "order_type", "workshop", "customer", "project")


def column(fieldname: str, label: str, fieldtype: str, options: str = "", width: int = 110) -> dict[str, Any]:
	return {
		"fieldname": fieldname,
		"label": label,
		"fieldtype": fieldtype,
		"options": options or None,
		"width": width,
	}


def get_order_filters(filters: Mapping[str, Any]) -> dict[str, Any]:
	"""Conditions on work orders; trials and rework count apart, unless they are asked for."""
	found: dict[str, Any] = {field: filters[field] for field in MATCHED if filters.get(field)}
	if "order_type" not in found and not cint(filters.get("with_trial_and_rework")):
		found["order_type"] = ["not in", APART]
	return found


def between(field: str, filters: Mapping[str, Any]) -> list[list[Any]]:
	"""Conditions for the days of `from_date` and `to_date`, both included."""
	found: list[list[Any]] = []
	if filters.get("from_date"):
		found.append([field, ">=", get_datetime(f"{filters['from_date']} 00:00:00")])
	if filters.get("to_date"):
		found.append([field, "<=", get_datetime(f"{filters['to_date']} 23:59:59.999999")])
	return found
