"""Finite plans for a plant: a library of its own, without frappe.

Importing it loads neither OR-Tools nor numba; `solve` does when it is called.
"""

from sbk_mes.scheduler.prepare import prepare
from sbk_mes.scheduler.problem import (
	Assignment,
	Fixed,
	Link,
	Mode,
	Need,
	Objective,
	Operation,
	Order,
	Problem,
	Resource,
)
from sbk_mes.scheduler.result import Progress, Reason, Result, Status
from sbk_mes.scheduler.schedule import Measures, Schedule, with_setups
from sbk_mes.scheduler.serialise import from_json, to_json
from sbk_mes.scheduler.solve import solve
from sbk_mes.scheduler.verify import Violation, verify

__all__ = [
	"Assignment",
	"Fixed",
	"Link",
	"Measures",
	"Mode",
	"Need",
	"Objective",
	"Operation",
	"Order",
	"Problem",
	"Progress",
	"Reason",
	"Resource",
	"Result",
	"Schedule",
	"Status",
	"Violation",
	"from_json",
	"prepare",
	"solve",
	"to_json",
	"verify",
	"with_setups",
]
