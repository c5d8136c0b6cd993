from frappe.tests.utils import FrappeTestCase

from sbk_mes.exceptions import MasterDataError
from sbk_mes.testing import make, make_resource, make_workshop, refused, unique


class TestMESChangeover(FrappeTestCase):
	def setUp(self):
		self.pair = {"from_family": unique("A"), "to_family": "B", "mins": 30}

	def test_a_pair_of_families_has_one_time_per_resource(self):
		machine = make_resource()
		make("MES Changeover", **self.pair)
		make("MES Changeover", **self.pair, resource=machine)
		for resource in (None, machine):
			with refused(MasterDataError) as refusal:
				make(
					"MES Changeover",
					**{**self.pair, "from_family": f" {self.pair['from_family']} "},
					resource=resource,
				)
			self.assertIn("30", refusal.message)

	def test_the_resource_stands_in_the_workshop(self):
		shop, other = make_workshop(), make_workshop()
		machine = make_resource(workshop=shop)
		with refused(MasterDataError):
			make("MES Changeover", **self.pair, resource=machine, workshop=other)
		make("MES Changeover", **self.pair, resource=machine, workshop=shop)
