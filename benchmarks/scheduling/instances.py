"""The vendored instances and what is known about them."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.scheduling.readers import (
	due_dates,
	read_flexible,
	read_flexible_with_setups,
	read_job_shop,
)
from sbk_mes.scheduler import Problem

FOLDER = Path(__file__).parents[2] / "fixtures" / "scheduling"
TARDINESS = "jsp weighted tardiness"

# About 25 minutes with two solvers and 20 seconds each: of every family the closed and the open, the small
# and the large.
SHORT = {
	"fjsp/brandimarte": ("mk04", "mk05", "mk06", "mk07", "mk09", "mk10"),
	"fjsp/hurink_edata": ("la03_edata", "la08_edata", "la16_edata", "la19_edata"),
	"fjsp/hurink_rdata": ("la02_rdata", "la08_rdata", "la16_rdata", "la18_rdata"),
	"fjsp/dauzere_paulli": ("dpp01a", "dpp05a", "dpp07a", "dpp13a", "dpp17a"),
	"fjsp/behnke_geiger": ("behnke11", "behnke16", "behnke36", "behnke56"),
	"fjsp_setup/fattahi": ("Fattahi_setup_10",),
	"jsp": ("ft10", "ft20", "la16", "la19", "ta01", "ta06", "ta11", "ta15", "ta18"),
	TARDINESS: ("la16", "la19", "ft10"),
}


@dataclass(frozen=True)
class Instance:
	"""One instance; `best` is the best known total, `lower` a known bound, both None where none is known."""

	family: str
	name: str
	path: Path
	best: int | None
	lower: int | None

	def problem(self) -> Problem:
		"""The instance as a Problem."""
		if self.family == TARDINESS:
			return due_dates(read_job_shop(self.path))
		if self.family == "jsp":
			return read_job_shop(self.path)
		if self.family.startswith("fjsp_setup"):
			return read_flexible_with_setups(self.path)
		return read_flexible(self.path)


def all_instances() -> Iterator[Instance]:
	"""Every vendored instance, family by family."""
	paths = {}
	for row in _rows("manifest.csv"):
		path = FOLDER / row["file"]
		paths[row["set"], row["instance"]] = path
		best, lower = (int(row[key]) if row[key] else None for key in ("ub", "lb"))
		yield Instance(row["set"], row["instance"], path, best, lower)
	for row in _rows("weighted_tardiness.csv"):
		yield Instance(TARDINESS, row["instance"], paths["jsp", row["instance"]], int(row["best"]), None)


def chosen(families: list[str], names: list[str], is_short: bool) -> list[Instance]:
	"""The instances of `families` (how a word of them begins) and `names`; all when nothing is asked for."""
	return [
		each
		for each in all_instances()
		if (not families or any(_names(part, each.family) for part in families))
		and (not names or each.name in names)
		and (not is_short or each.name in SHORT.get(each.family, ()))
	]


def _names(part: str, family: str) -> bool:
	"""True when a word of `family` begins with `part`."""
	return family.startswith(part) or f"/{part}" in family or f" {part}" in family


def _rows(name: str) -> list[dict[str, str]]:
	with (FOLDER / name).open(newline="") as file:
		return list(csv.DictReader(file))
