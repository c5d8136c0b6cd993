"""What benchless/README.md says can be typed as it stands there."""

import os
import re
import subprocess
import sys
from pathlib import Path

import benchless
from benchless import commands

README = Path(benchless.__file__).with_name("README.md").read_text(encoding="utf-8")
BLOCKS = [block.replace("my_app", "tinyapp") for block in re.findall(r"```python\n(.*?)```", README, re.S)]


def run(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
	environment = {name: value for name, value in os.environ.items() if name != "REDIS_URL"}
	return subprocess.run(
		[sys.executable, *words], cwd=folder, capture_output=True, text=True, timeout=120, env=environment
	)


def test_every_command_is_listed():
	assert [command.name for command in commands.ALL if f"`{command.name}" not in README] == []


def test_the_program_runs(tmp_path: Path):
	(tmp_path / "program.py").write_text(BLOCKS[0])
	done = run(tmp_path, "program.py")
	assert done.returncode == 0, done.stderr
	assert (tmp_path / "sites/test/site.db").exists()


def test_the_conftest_opens_a_site_and_rolls_back(tmp_path: Path):
	(tmp_path / "conftest.py").write_text(BLOCKS[1].removeprefix("# conftest.py\n"))
	(tmp_path / "test_app.py").write_text(
		"import frappe\n\n"
		"def test_one():\n"
		"	frappe.get_doc({'doctype': 'ToDo', 'description': 'x'}).insert()\n"
		"	assert frappe.db.count('ToDo') == 1\n\n"
		"def test_two():\n"
		"	assert frappe.db.count('ToDo') == 0\n"
	)
	done = run(tmp_path, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--basetemp", str(tmp_path / "tmp"))
	assert "2 passed" in done.stdout, done.stdout
