"""Compiled kernels are found again only by who can use them."""

import os
from pathlib import Path

from sbk_mes.scheduler.search.compiled import cache_folder


def sources(folder: Path, text: str = "x = 1") -> Path:
	folder.mkdir()
	(folder / "kernel.py").write_text(text)
	os.utime(folder / "kernel.py", ns=(1, 1))
	return folder


def test_the_same_sources_at_the_same_place_have_one_folder(tmp_path: Path):
	place = sources(tmp_path / "one")
	assert cache_folder(place) == cache_folder(place)


def test_another_place_text_or_time_stamp_has_a_folder_of_its_own(tmp_path: Path):
	place = sources(tmp_path / "one")
	before = cache_folder(place)
	assert cache_folder(sources(tmp_path / "two")) != before
	os.utime(place / "kernel.py", ns=(2, 2))
	stamped = cache_folder(place)
	assert stamped != before
	(place / "kernel.py").write_text("x = 2")
	os.utime(place / "kernel.py", ns=(2, 2))
	assert cache_folder(place) not in (before, stamped)
