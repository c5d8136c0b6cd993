"""Why a change is refused. Sentences keep places for values, to be translated."""


class ChangeRefused(ValueError):
	"""A line that cannot be applied to the plan."""

	code = "E-CO-FIELD"

	def __init__(self, sentence: str, *values: object):
		super().__init__(sentence.format(*values))
		self.sentence = sentence
		self.values = values


class BelowFloor(ChangeRefused):
	"""Less than what is already made."""

	code = "E-CO-FLOOR"


class AlreadyExecuted(ChangeRefused):
	"""A row that work or material was already recorded on."""

	code = "E-CO-EXECUTED"
