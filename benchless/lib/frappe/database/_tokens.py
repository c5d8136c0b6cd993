"""The tokens of a query, and the ways through them: what follows, which words, where a parenthesis ends."""

from __future__ import annotations

import re
from dataclasses import dataclass

_TOKEN = re.compile(
	r"""
	(?P<single>'(?:[^'\\]|\\.|'')*')
	|(?P<double>"(?:[^"\\]|\\.|"")*")
	|(?P<tick>`[^`]*`)
	|(?P<comment>/\*.*?\*/|--[ \t][^\n]*|\#[^\n]*)
	|(?P<mark>%\(\w+\)s|%s)
	|(?P<percent>%%)
	|(?P<space>\s+)
	|(?P<word>[A-Za-z_]\w*)
	|(?P<number>\d+(?:\.\d+)?)
	|(?P<sign><=>|.)
	""",
	re.VERBOSE | re.DOTALL,
)
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "0": "\0", "%": "\\%", "_": "\\_"}


@dataclass
class Token:
	"""A piece of a query, of the kind that the pattern names it."""

	kind: str
	text: str

	@property
	def word(self) -> str:
		return self.text.lower() if self.kind == "word" else ""


def tokens_of(query: str, formatted: bool) -> list[Token]:
	"""Every token of the query; with `formatted`, `%s` is a mark and `%%` a percent sign."""
	found = []
	for match in _TOKEN.finditer(query):
		kind, text = match.lastgroup or "sign", match.group()
		if kind in ("single", "double"):
			text = _literal(_percent(text) if formatted else text)
		elif kind == "comment":
			kind, text = "space", " "
		elif kind == "percent" and formatted:
			kind, text = "sign", "%"
		elif kind == "mark" and not formatted:
			kind = "sign"
		elif formatted and text == "%":
			raise ValueError("A percent sign in a query with values must be doubled")
		found.append(Token(kind, text))
	return found


def _percent(text: str) -> str:
	if "%" in text.replace("%%", ""):
		raise ValueError(f"A percent sign in a query with values must be doubled: {text}")
	return text.replace("%%", "%")


def _literal(text: str) -> str:
	quote, body = text[0], text[1:-1]
	if quote == '"':
		body = body.replace('""', '"').replace("'", "''")
	if "\\" in body:
		body = re.sub(r"\\(.)", lambda m: _ESCAPES.get(m[1], m[1]).replace("'", "''"), body, flags=re.DOTALL)
	return f"'{body}'"


def next_to(tokens: list[Token], at: int, step: int = 1) -> int:
	"""Index of the next token that is not blank, or -1."""
	at += step
	while 0 <= at < len(tokens):
		if tokens[at].kind != "space" and tokens[at].text:
			return at
		at += step
	return -1


def words_from(tokens: list[Token], at: int, *words: str) -> int:
	"""Index of the last token when `words` stand at `at` one after the other, else -1."""
	for number, word in enumerate(words):
		if number:
			at = next_to(tokens, at)
		if at < 0 or tokens[at].word != word:
			return -1
	return at


def blank(tokens: list[Token], start: int, end: int) -> None:
	"""Nothing stands from `start` to `end` any more."""
	for token in tokens[start : end + 1]:
		token.kind, token.text = "space", " "


def closing(tokens: list[Token], opening: int) -> int:
	"""Index of the parenthesis that closes the one at `opening`, of the last token when none does."""
	depth = 0
	for at in range(opening, len(tokens)):
		if tokens[at].kind == "sign":
			depth += {"(": 1, ")": -1}.get(tokens[at].text, 0)
		if depth == 0:
			return at
	return len(tokens) - 1
