import pytest
from money import set_rates

import frappe

FIELDS = (
	"labour_rate",
	"overhead_pct",
	"overhead_base",
	"normal_scrap_pct",
	"settle_automatically",
	"books_closed_until",
)


def as_stored():
	settings = frappe.get_single("MES Settings")
	return {field: settings.get(field) for field in FIELDS}


@pytest.fixture(autouse=True)
def rates():
	"""A plant with a labour rate; the site's settings are as before afterwards, also when a test commits."""
	before = as_stored()
	set_rates()
	yield
	frappe.db.rollback()
	if as_stored() != before:
		set_rates(**before)
		frappe.db.commit()
	frappe.clear_document_cache("MES Settings", "MES Settings")
