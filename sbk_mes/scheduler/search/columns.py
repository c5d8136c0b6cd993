"""Columns of the integer arrays that the kernels work on. A row is one thing, in a cache line or two."""

NONE = -1
NEVER = 1 << 30  # a minute no plan reaches
DAY = 1440

# op: what is known about an operation
(
	RELEASE,
	FAMILY,
	ORDER,
	PAUSES,
	FIXED,
	TRAILING,
	FINISHES,
	PRED0,
	PRED1,
	SUCC0,
	SUCC1,
	MODE0,
	MODE1,
	GROUP,
	SIZE,
	SLOT0,
	SLOT1,
	BASE_START,
	BASE_MACHINE,
	HOLD,
) = range(20)
OP_COLUMNS = 24

# mode: one way to do it
MACHINE, RUN, CALENDAR, NEED0, NEED1, SETUP = range(6)
MODE_COLUMNS = 6

# need
POOL, UNITS = range(2)

# pred: what an operation waits for
BEFORE, WAIT, PERMILLE = range(3)

# machine
CAPACITY, MATRIX, FIRST_FAMILY, IS_BATCH = range(4)

# cal, span
SPAN0, SPAN1, DAY0 = range(3)
OPEN, CLOSE, WORKED = range(3)

# order
DUE, WEIGHT, ARRIVES, SINK0, SINK1 = range(5)

# at: where an operation is now
START, END, PREV, NEXT, LEAD, MATE, MODE, ON, SETUP_NOW, FLOOR = range(10)
AT_COLUMNS = 16

# slot: the unit of a pool that an operation holds
LANE, BACK, FORTH, OWNER = range(4)

# ends of a sequence
FIRST, LAST = range(2)

# price of one unit of each part of the objective
P_TARDY, P_MAKESPAN, P_FLOW, P_CHANGE, P_MOVED = range(5)
