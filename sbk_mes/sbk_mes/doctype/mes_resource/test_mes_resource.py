import frappe
from frappe.tests.utils import FrappeTestCase

from sbk_mes.exceptions import MasterDataError
from sbk_mes.testing import make_resource, make_user, refused


class TestMESResource(FrappeTestCase):
	def test_a_resource_does_at_least_one_job(self):
		with refused(MasterDataError):
			make_resource(parallel_jobs=0)

	def test_a_resource_is_not_infinitely_slow(self):
		with refused(MasterDataError):
			make_resource(efficiency_pct=0)

	def test_a_user_is_one_person(self):
		user = make_user("MES Operator")
		first = make_resource(resource_type="Person", user=user)
		with refused(MasterDataError) as refusal:
			make_resource(resource_type="Person", user=user)
		self.assertIn(first, refusal.message)

	def test_a_machine_is_nobody(self):
		machine = make_resource(resource_type="Machine", user="Administrator")
		self.assertFalse(frappe.db.get_value("MES Resource", machine, "user"))
