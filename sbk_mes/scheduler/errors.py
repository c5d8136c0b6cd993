"""What a problem is refused for: how it was put together, never that it is infeasible.

ValueError
  ProblemError
    BadNumber         a number that is not whole, or out of its range
    BadText           an empty id, an unknown kind or mode
    BadSpan           open time that ends before it begins or leaves the horizon
    DuplicateId       two things with one id, or a resource named twice where once is meant
    UnknownId         an id that nothing carries
    WrongResource     a pool where a main resource is meant, or the other way round
    MixedBatch        operations of one batch key that differ in family or setup
    CyclicLinks       operations that wait for each other
    ObjectiveTooLarge weights that would overflow 64 bits
  BadJson             a text that is not one of ours, or of a later version
"""

from collections.abc import Sequence


class ProblemError(ValueError):
	"""A problem that cannot be. The message says what, which id, and what to do."""


class BadNumber(ProblemError):
	"""A number that is not whole, or out of its range."""

	def __init__(self, owner: str, name: str, value: object, wanted: str):
		super().__init__(f"{owner}: {name} is {value!r}; give {wanted}")


class BadText(ProblemError):
	"""A text that names nothing known."""

	def __init__(self, owner: str, name: str, value: object, wanted: str):
		super().__init__(f"{owner}: {name} is {value!r}; give {wanted}")


class BadSpan(ProblemError):
	"""Open time that ends before it begins or leaves the horizon."""

	def __init__(self, resource: str, span: object, wanted: str):
		super().__init__(f"resource {resource!r}: open span {span!r}; give {wanted}")


class DuplicateId(ProblemError):
	"""Two things with one id."""

	def __init__(self, what: str, id: str):
		super().__init__(f"{what} {id!r} is there twice; give each its own")


class UnknownId(ProblemError):
	"""An id that nothing carries."""

	def __init__(self, owner: str, what: str, id: str):
		super().__init__(f"{owner}: there is no {what} {id!r}; add it to the problem or leave it out here")


class WrongResource(ProblemError):
	"""A pool where a main resource is meant, or the other way round."""

	def __init__(self, operation: str, resource: str, wanted: str):
		super().__init__(
			f"operation {operation!r}: {resource!r} is the wrong kind of resource; give {wanted}"
		)


class MixedBatch(ProblemError):
	"""Operations of one batch key that differ in family or setup."""

	def __init__(self, key: str, first: str, second: str):
		super().__init__(
			f"batch key {key!r}: operations {first!r} and {second!r} differ in family or setup minutes;"
			" give them different keys"
		)


class CyclicLinks(ProblemError):
	"""Operations that wait for each other; `cycle` names them in their order."""

	def __init__(self, cycle: Sequence[str]):
		super().__init__(f"links go round: {' -> '.join(cycle)}; take one of them out")
		self.cycle = tuple(cycle)


class ObjectiveTooLarge(ProblemError):
	"""Weights that would overflow 64 bits."""

	def __init__(self, worst: int):
		super().__init__(f"the objective may reach {worst}; make weights or the horizon smaller")


class BadJson(ValueError):
	"""A text that is not one of ours, or of a later version."""
