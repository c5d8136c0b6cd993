import frappe
from frappe.tests.utils import FrappeTestCase

from sbk_mes import install
from sbk_mes.exceptions import MasterDataError
from sbk_mes.testing import refused


class TestMESSettings(FrappeTestCase):
	def settings(self):
		return frappe.get_single("MES Settings")

	def policy(self, settings, order_type):
		return next(row for row in settings.order_types if row.order_type == order_type)

	def test_a_new_site_has_a_policy_for_each_order_type(self):
		series = {row.order_type: row.naming_series for row in self.settings().order_types}
		self.assertEqual(
			series,
			{
				"MTO": "WO-.####",
				"MTS": "WO-.####",
				"ETO": "WO-.####",
				"Trial": "TR-.####",
				"Rework": "RW-.####",
			},
		)

	def test_installing_again_keeps_what_was_set(self):
		settings = self.settings()
		self.policy(settings, "Trial").naming_series = "LAB-.###"
		settings.lines_in_request = 7
		settings.save()
		install.after_install()
		install.after_migrate()
		settings = self.settings()
		self.assertEqual(self.policy(settings, "Trial").naming_series, "LAB-.###")
		self.assertEqual((len(settings.order_types), int(settings.lines_in_request)), (5, 7))

	def test_trial_and_rework_have_their_own_series(self):
		for order_type in ("Trial", "Rework"):
			settings = self.settings()
			self.policy(settings, order_type).naming_series = "WO-.#####"
			with refused(MasterDataError):
				settings.save()

	def test_a_series_counts(self):
		for series in ("WO", "WO-####", ""):
			settings = self.settings()
			self.policy(settings, "MTO").naming_series = series
			with refused((MasterDataError, frappe.MandatoryError)):
				settings.save()

	def test_each_order_type_stands_once(self):
		settings = self.settings()
		settings.append("order_types", {"order_type": "MTO", "naming_series": "X-.###"})
		with refused(MasterDataError):
			settings.save()
		settings = self.settings()
		settings.order_types = settings.order_types[1:]
		with refused(MasterDataError):
			settings.save()
