from frappe.tests.utils import FrappeTestCase
from frappe.utils import add_days, today

from sbk_mes.exceptions import DemandError, DuplicateError, QuantityError
from sbk_mes.testing import make, make_item, refused


class TestMESReplenishmentSuggestion(FrappeTestCase):
	def suggestion(self, **values):
		return make(
			"MES Replenishment Suggestion",
			**{"item": self.item, "qty": 300, "due_on": add_days(today(), 5), **values},
		)

	def setUp(self):
		self.item = make_item().name

	def test_an_item_has_one_open_suggestion(self):
		first = self.suggestion()
		with refused(DuplicateError) as refusal:
			self.suggestion()
		self.assertIn(first.name, refusal.message)
		first.dismiss("No room")
		self.suggestion()

	def test_dismissing_keeps_the_reason_and_happens_once(self):
		suggestion = self.suggestion()
		with refused(DemandError):
			suggestion.dismiss(" ")
		suggestion.reload()
		suggestion.dismiss("No room")
		suggestion.reload()
		self.assertEqual((suggestion.status, suggestion.dismissed_because), ("Dismissed", "No room"))
		with refused(DemandError):
			suggestion.dismiss("again")

	def test_quantity_and_dates_make_sense(self):
		with refused(QuantityError):
			self.suggestion(qty=0)
		with refused(QuantityError):
			self.suggestion(qty=2.5)
		with refused(DemandError):
			self.suggestion(start_on=add_days(today(), 6))

	def test_status_is_not_edited(self):
		suggestion = self.suggestion()
		suggestion.status = "Dismissed"
		with refused(DemandError):
			suggestion.save()
