"""Bar codes that scanners read."""

import pytest

from sbk_mes.rules import barcode


def test_every_symbol_is_eleven_modules_and_unlike_all_others():
	assert len(barcode.WIDTHS) == len(set(barcode.WIDTHS)) == 107
	for widths in barcode.WIDTHS[:-1]:
		assert sum(map(int, widths)) == 11
		assert sum(map(int, widths[::2])) % 2 == 0
	assert sum(map(int, barcode.WIDTHS[-1])) == 13


def test_check_symbol_weighs_the_characters_by_their_place():
	# start 104, P 48, J 42, J 42, 1 17, 2 18, 3 19, C 35: (104 + 48 + 84 + 126 + 68 + 90 + 114 + 245) % 103
	assert barcode.symbols("PJJ123C") == [104, 48, 42, 42, 17, 18, 19, 35, 55, 106]


def test_picture_has_quiet_zones_and_as_many_bars_as_the_symbols_say():
	picture = barcode.svg("WO-0001", module=1)
	assert picture.count("M") == 9 * 3 + 4 and picture.count("h-") == 9 * 3 + 4
	assert 'width="132"' in picture and 'd="M10 0' in picture


@pytest.mark.parametrize("text", ["", "工单", "WO\n1"])
def test_what_no_scanner_reads_is_refused(text):
	with pytest.raises(barcode.NotEncodable):
		barcode.symbols(text)
