"""The event stream of the work orders: append-only, each event carrying the hash of the one before it.

The head of each chain (number and hash of its last event) stands on the work order's own row. Whoever appends
locks that row, so appends to one order queue up, appends to different orders do not meet, and a chain whose
end was cut off no longer fits its head.
"""

from sbk_mes.events.chain import record, record_many
from sbk_mes.events.told import find_told
from sbk_mes.events.verify import Verdict, verify

__all__ = ["Verdict", "find_told", "record", "record_many", "verify"]
