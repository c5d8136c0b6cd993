"""Texts in the reader's language, from the apps' csv files."""

import pytest

from frappe import _
from frappe.translate import get_all_languages, print_language

pytestmark = pytest.mark.usefixtures("site")


def test_a_text_is_translated_or_stays() -> None:
	with print_language("de"):
		assert _("Order") == "Auftrag"
		assert _("{0} of {1}").format(1, 2) == "1 von 2"
		assert _("Unknown") == "Unknown"
		assert _("Order", context="sorting") == "Reihenfolge"
	assert _("Order") == "Order"


def test_a_variant_stands_over_its_language() -> None:
	assert _("Order", "de-AT") == "Bestellung"
	assert _("{0} of {1}", "de-AT") == "{0} von {1}"


def test_languages_are_those_with_a_file() -> None:
	assert {"en", "de", "de-AT"} <= set(get_all_languages())
