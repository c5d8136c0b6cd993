"""One-click conversion of sales-order lines and suggestions into work orders (SPEC 3.1).

`load` reads and locks what is asked for, `products` the masters behind it, `check` and `plan` decide, `write`
stores, `chunk` does all of that in one transaction, `requests` keeps the record, `run` is the door.
"""
