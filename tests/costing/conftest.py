import pytest
from money import set_rates

import frappe


@pytest.fixture(autouse=True)
def rates():
	"""A plant with a labour rate; nothing of it stays."""
	set_rates()
	yield
	frappe.db.rollback()
	frappe.clear_document_cache("MES Settings", "MES Settings")
