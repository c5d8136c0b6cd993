"""Whatever a user may read in the desk has a Chinese text: messages, labels, options, states, names."""

import ast
import csv
import json
import re
from collections.abc import Iterator
from pathlib import Path
from string import Formatter

from sbk_mes.events import names
from sbk_mes.orders import ending
from sbk_mes.rules import flow, splitting, timers
from sbk_mes.rules.states import EVENT_OF_ACTION
from sbk_mes.sbk_mes.doctype.mes_change_order import mes_change_order
from sbk_mes.www.mes import TEXTS

APP = Path(__file__).resolve().parents[2] / "sbk_mes"
CHINESE = APP / "translations" / "zh.csv"
JS_TEXT = re.compile(r"""__\(\s*(["'`])((?:\\.|(?!\1).)*)\1""")
PAGE_TEXT = re.compile(r"""\b_\(\s*(["'])((?:\\.|(?!\1).)*)\1""")
# read by programs, or alike in every language
UNTRANSLATED = re.compile(r"[\W\d_]*|SO-.*|HH:MM")
# refusals of pure rules carry their sentence to the bridge, which translates it
SENTENCES = {"_", "ChangeRefused", "BelowFloor", "AlreadyExecuted"}
# events reach the translator through a variable
EVENTS = {*EVENT_OF_ACTION.values(), "created", "deleted", "change", "state", "rush"}
MATERIAL = {"pick", "issue", "return", "material-scrap", "reservation", "alert"}
POSTED = {"report", "inspect", "inbound", "ship", *(kind.lower() for kind in timers.LEADS_TO)}
MONEY = {"settle", "cost"}
PARTED = {"split", "split-undone", "campaign"}
# so do the words that they tell
WORDS = {
	*("explode", "split-off", "overdue review"),
	*("create", "add", "remove", "release", "cancel", "complete", "setup", "setup taken back"),
	*(choice for choices in ending.CHOICES.values() for choice in choices),
}
CHANGED = {*mes_change_order.EVENT_OF_ACTION.values(), "change-applied"}
# so do the refusals of pure rules
REFUSALS = {
	*(
		flow.NOT_ABOVE_ZERO,
		flow.OVER_LIMIT,
		flow.OVER_PASSED,
		flow.OVER_REWORK,
		flow.BELOW_ZERO,
		flow.TAKEN_ON,
	),
	*(flow.NOT_ACCEPTED, flow.JUDGED_MORE, flow.OVER_VERDICT),
	*("good", "scrap", "rework"),
	*(getattr(splitting, name) for name in dir(splitting) if "{0}" in str(getattr(splitting, name))),
	splitting.NO_PARTS,
	*("not started", timers.RUNNING, timers.PAUSED, timers.ENDED),
}


def texts_of_python() -> Iterator[str]:
	for path in APP.rglob("*.py"):
		if path.name.startswith("test_") or path.name == "testing.py":
			continue
		for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
			if not isinstance(node, ast.Call) or not node.args:
				continue
			name = getattr(node.func, "id", getattr(node.func, "attr", ""))
			first = node.args[0]
			if name in SENTENCES and isinstance(first, ast.Constant) and isinstance(first.value, str):
				yield first.value


def texts_of_scripts() -> Iterator[str]:
	for path in APP.rglob("*.js"):
		if "dist" in path.parts or "frontend" in path.parts:
			continue
		for match in JS_TEXT.finditer(path.read_text(encoding="utf-8")):
			yield match.group(2).replace('\\"', '"').replace("\\'", "'")


def texts_of_pages() -> Iterator[str]:
	for path in (APP / "www").glob("*.html"):
		for match in PAGE_TEXT.finditer(path.read_text(encoding="utf-8")):
			yield match.group(2)
	yield from TEXTS


def texts_of_doctypes() -> Iterator[str]:
	for path in (APP / "sbk_mes" / "doctype").glob("*/*.json"):
		doctype = json.loads(path.read_text(encoding="utf-8"))
		yield doctype["name"]
		for permission in doctype["permissions"]:
			yield permission["role"]
		for field in doctype["fields"]:
			yield field.get("label", "")
			yield field.get("description", "")
			if field["fieldtype"] == "Select":
				yield from field.get("options", "").split("\n")


def texts_of_fixtures() -> Iterator[str]:
	for path in (APP / "fixtures").glob("*.json"):
		for document in json.loads(path.read_text(encoding="utf-8")):
			yield document["name"]


def texts_of_the_workspace() -> Iterator[str]:
	for path in (APP / "sbk_mes" / "number_card").glob("*/*.json"):
		yield json.loads(path.read_text(encoding="utf-8"))["label"]
	for path in (APP / "sbk_mes" / "workspace").glob("*/*.json"):
		workspace = json.loads(path.read_text(encoding="utf-8"))
		for row in [*workspace["links"], *workspace["shortcuts"]]:
			yield row["label"]
		for shortcut in workspace["shortcuts"]:
			yield shortcut["format"]
		for block in json.loads(workspace["content"]):
			yield re.sub(r"<[^>]+>", "", block["data"].get("text", ""))


def texts_of_reports() -> Iterator[str]:
	for kind in ("report", "print_format"):
		for path in (APP / "sbk_mes" / kind).glob("*/*.json"):
			yield json.loads(path.read_text(encoding="utf-8"))["name"]
	for path in (APP / "sbk_mes" / "print_format").glob("*/*.html"):
		for match in PAGE_TEXT.finditer(path.read_text(encoding="utf-8")):
			yield match.group(2)


def all_texts() -> set[str]:
	sources = (
		texts_of_python,
		texts_of_scripts,
		texts_of_pages,
		texts_of_doctypes,
		texts_of_fixtures,
		texts_of_the_workspace,
		texts_of_reports,
	)
	found = (
		{text.strip() for source in sources for text in source()}
		| EVENTS
		| MATERIAL
		| POSTED
		| MONEY
		| PARTED
		| CHANGED
		| WORDS
		| set(names.LABELS.values())
		| REFUSALS
	)
	return {text for text in found if not UNTRANSLATED.fullmatch(text)} - {"System Manager", "All"}


def translations() -> list[tuple[str, str]]:
	with CHINESE.open(encoding="utf-8", newline="") as file:
		return [(row[0], row[1]) for row in csv.reader(file) if row]


def test_every_text_has_a_chinese_one():
	known = {source for source, text in translations() if text}
	missing = sorted(all_texts() - known)
	assert not missing, f"add to {CHINESE.name}: {missing}"


def test_every_field_that_an_event_tells_of_has_a_name():
	"""Those that stand where the event is recorded; `assert_invariants` asks the same of what is stored."""
	unnamed = {field for field in fields_of_events() if not names.find_label(field)}
	assert not unnamed, f"name in sbk_mes/events/names.py: {sorted(unnamed)}"


def fields_of_events() -> Iterator[str]:
	for path in APP.rglob("*.py"):
		if path.name.startswith("test_"):
			continue
		for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
			if isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "record":
				for keyword in node.keywords:
					if keyword.arg in ("before", "after") and isinstance(keyword.value, ast.Dict):
						yield from (key.value for key in keyword.value.keys if isinstance(key, ast.Constant))


def test_no_translation_is_left_over_or_given_twice():
	sources = [source for source, _text in translations()]
	assert sorted(sources) == sorted(set(sources))
	assert not sorted(set(sources) - all_texts())


def test_translations_keep_the_placeholders():
	def placeholders(text: str) -> list[str]:
		return sorted(
			field for _literal, field, _format, _conversion in Formatter().parse(text) if field is not None
		)

	wrong = [source for source, text in translations() if placeholders(source) != placeholders(text)]
	assert not wrong
