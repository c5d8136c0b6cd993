"""What the documents point at is there."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = (
	"README.md",
	"docs/acceptance.md",
	"docs/decisions.md",
	"docs/figures.md",
	"docs/glossary.md",
	"sbk_mes/scheduler/README.md",
)
POINTED_AT = re.compile(r"`((?:tests|benchmarks|docs)/[\w/]+\.(?:py|md))(?:::(\w+))?`")
LINKED = re.compile(r"\]\((?!https?:)([^)#]+)")


@pytest.mark.parametrize("page", PAGES)
def test_files_tests_and_links_that_a_page_names_exist(page):
	text = (ROOT / page).read_text(encoding="utf-8")
	for path, test in POINTED_AT.findall(text):
		assert (
			f"def {test}(" in (ROOT / path).read_text(encoding="utf-8") if test else (ROOT / path).exists()
		), path
	for link in LINKED.findall(text):
		assert ((ROOT / page).parent / link).exists(), link
