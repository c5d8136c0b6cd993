"""Texts in the reader's language, from the apps' `translations/<lang>.csv` (source, translation, context)."""

from __future__ import annotations

import csv
import os
from collections.abc import Iterator
from contextlib import contextmanager

import frappe
from frappe.utils._settings import system_setting

_read: dict[str, tuple[float, dict[str, str]]] = {}
"""Translations by file, with the time the file was written."""

Translations = dict[str, str]


def get_parent_language(lang: str) -> str | None:
	"""The language a variant belongs to: zh for zh-TW."""
	return lang.split("-")[0] if "-" in lang else None


def get_all_translations(lang: str) -> Translations:
	"""Every known translation by source text, later apps over earlier ones, a variant over its language.

	A translation bound to a context is found under `text:context`.
	"""
	if not lang or lang == "en":
		return {}
	merged = getattr(frappe.local, "translations", None)
	if merged is None:
		merged = frappe.local.translations = {}
	if lang not in merged:
		merged[lang] = get_translations_from_apps(lang)
	found: Translations = merged[lang]
	return found


def get_translations_from_apps(lang: str, apps: list[str] | None = None) -> Translations:
	"""Translations shipped with the apps."""
	found: Translations = {}
	parent = get_parent_language(lang)
	for app in apps or frappe.get_installed_apps():
		if parent:
			found.update(get_translations_from_csv(parent, app))
		found.update(get_translations_from_csv(lang, app))
	return found


def get_translations_from_csv(lang: str, app: str) -> Translations:
	"""Translations of one app's file; none when it has no such file."""
	path = os.path.join(frappe.get_app_path(app, "translations"), f"{lang}.csv")
	return get_translation_dict_from_file(path, lang, app)


def get_translation_dict_from_file(path: str, lang: str, app: str, throw: bool = False) -> Translations:
	"""Translations in a csv file, read again only when it changed."""
	try:
		written = os.stat(path).st_mtime
	except FileNotFoundError:
		return {}
	known = _read.get(path)
	if known and known[0] == written:
		return known[1]
	found: Translations = {}
	with open(path, encoding="utf-8", newline="") as file:
		for row in csv.reader(file):
			if len(row) >= 2 and row[1]:
				context = f":{row[2]}" if len(row) > 2 and row[2] else ""
				found[row[0].strip() + context] = row[1].strip()
	_read[path] = (written, found)
	return found


def get_user_lang(user: str | None = None) -> str:
	"""The user's language, else the site's."""
	user = user or frappe.session.user
	chosen = frappe.db.get_value("User", user, "language", cache=True) if user and user != "Guest" else None
	return str(chosen or system_setting("language") or "en")


def get_language(lang_list: list[str] | None = None) -> str:
	"""The language of the request: what `_lang` asks for, the user's, or a known one of the browser's."""
	asked = frappe.form_dict.get("_lang") if getattr(frappe.local, "form_dict", None) else None
	if asked:
		return str(asked)
	if frappe.session.user and frappe.session.user != "Guest":
		return get_user_lang()
	accepted = list(frappe.request.accept_languages.values()) if frappe.request else []
	known = {lang.lower(): lang for lang in lang_list or get_all_languages()}
	for lang in accepted:
		for candidate in (lang, get_parent_language(lang)):
			if candidate and candidate.lower() in known:
				return known[candidate.lower()]
	return str(system_setting("language") or "en")


def get_all_languages() -> list[str]:
	"""English and every language an installed app is translated to."""
	found = {"en"}
	for app in frappe.get_installed_apps():
		folder = frappe.get_app_path(app, "translations")
		if os.path.isdir(folder):
			found |= {name.removesuffix(".csv") for name in os.listdir(folder) if name.endswith(".csv")}
	return sorted(found)


def get_messages_for_boot() -> Translations:
	"""Translations for the page of the current user."""
	return get_all_translations(frappe.local.lang)


def clear_cache() -> None:
	"""Translations are read again when next asked for."""
	_read.clear()
	frappe.local.translations = {}


def set_default_language(lang: str) -> None:
	"""The site speaks `lang` unless a user chose otherwise."""
	frappe.db.set_default("lang", lang)
	frappe.local.lang = lang


@contextmanager
def print_language(lang: str) -> Iterator[None]:
	"""Inside the block texts are in `lang`."""
	before = frappe.local.lang
	frappe.local.lang = lang or before
	try:
		yield
	finally:
		frappe.local.lang = before
