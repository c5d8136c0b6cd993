"""The walls of the house (STYLE 3): who may import whom, and that both homes know the names the app uses."""

import ast
import importlib
import re
import subprocess
import sys
from inspect import ismodule
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
APP = ROOT / "sbk_mes"


def modules_of(folder):
	return sorted(path for path in folder.rglob("*.py") if "node_modules" not in path.parts)


def imported_names(path):
	for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
		if isinstance(node, ast.Import):
			yield from (alias.name for alias in node.names)
		elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
			yield from (f"{node.module}.{alias.name}" for alias in node.names)


def dotted(node):
	parts = []
	while isinstance(node, ast.Attribute):
		parts.append(node.attr)
		node = node.value
	return ".".join([node.id, *reversed(parts)]) if isinstance(node, ast.Name) else ""


def frappe_names_in_the_app():
	names = set()
	for path in modules_of(APP):
		tree = ast.parse(path.read_text(encoding="utf-8"))
		names.update(name for name in imported_names(path) if name.split(".")[0] == "frappe")
		names.update(name for node in ast.walk(tree) if (name := dotted(node)).startswith("frappe."))
	return sorted(names)


def resolve(name):
	"""The object behind a dotted name, as far as it is made of modules and their attributes."""
	parts = name.split(".")
	found = importlib.import_module(parts[0])
	for depth, part in enumerate(parts[1:], 2):
		if not hasattr(found, part):
			found = importlib.import_module(".".join(parts[:depth]))
			continue
		found = getattr(found, part)
		if not isinstance(found, type(ast)):
			return found
	return found


def run_blocked(blocked, code):
	block = f"import sys; sys.modules[{blocked!r}] = None\n"
	return subprocess.run([sys.executable, "-c", block + code], cwd=ROOT, capture_output=True, text=True)


def test_pure_rules_need_no_frappe():
	names = [f"sbk_mes.rules.{path.stem}" for path in modules_of(APP / "rules") if path.stem != "__init__"]
	done = run_blocked("frappe", "import " + ", ".join(names))
	assert done.returncode == 0, done.stderr


def test_the_app_never_imports_benchless():
	guilty = [
		path.relative_to(ROOT)
		for path in modules_of(APP)
		if any(name.split(".")[0] == "benchless" for name in imported_names(path))
	]
	assert not guilty


def test_benchless_never_names_the_app():
	guilty = [
		path.relative_to(ROOT)
		for path in (ROOT / "benchless").rglob("*")
		if path.suffix in {".py", ".json", ".html", ".js", ".txt"}
		and re.search(r"sbk|\bMES\b", path.read_text(encoding="utf-8"))
	]
	assert not guilty


@pytest.mark.parametrize("name", frappe_names_in_the_app())
def test_this_home_knows_every_frappe_name_the_app_uses(name, home):
	resolve(name)


def test_every_dotted_path_in_hooks_leads_to_a_function_or_module(home):
	text = (APP / "hooks.py").read_text(encoding="utf-8")
	paths = set(re.findall(r'"(sbk_mes(?:\.\w+)+)"', text))
	assert paths
	for path in paths:
		found = resolve(path)
		assert callable(found) or ismodule(found), path


def test_modules_with_whitelisted_functions_keep_their_annotations_alive():
	guilty = [
		path.relative_to(ROOT)
		for path in modules_of(APP)
		if "frappe.whitelist" in (text := path.read_text(encoding="utf-8"))
		and "from __future__ import annotations" in text
	]
	assert not guilty


def test_every_endpoint_of_the_api_annotates_its_arguments():
	bare = []
	for path in modules_of(APP / "api"):
		for node in ast.parse(path.read_text(encoding="utf-8")).body:
			if isinstance(node, ast.FunctionDef) and any(
				"whitelist" in ast.dump(d) for d in node.decorator_list
			):
				bare += [f"{path.stem}.{node.name}:{arg.arg}" for arg in node.args.args if not arg.annotation]
	assert not bare


def test_the_two_commands_of_the_readme_are_targets_of_the_makefile():
	readme = (ROOT / "README.md").read_text(encoding="utf-8")
	makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
	commands = re.findall(r"^make ([a-z-]+)", readme, re.MULTILINE)
	assert {"demo", "test"} <= set(commands)
	for command in commands:
		assert re.search(rf"^{command}:", makefile, re.MULTILINE), command
