"""Kernels are compiled once per machine, and nobody has to wait for that who no longer wants the plan."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from sbk_mes.scheduler.search.compiled import COMPILED

ROOT = Path(__file__).resolve().parents[2]
CALLED_OFF = """
import traceback
from scheduler.problems import classic
from sbk_mes.scheduler.solve import solve

def stop():
	return any(frame.name == "prepare" for frame in traceback.extract_stack())

result = solve({problem}, time_limit_s=60, should_stop=stop)
print(result.status.name, len(result.schedule.assignments))
"""


@pytest.mark.skipif(not COMPILED, reason="numba is not installed")
@pytest.mark.parametrize("problem", ["classic(10, 10)", "classic(10, 10, setup_mins=5)"])
def test_a_run_that_is_called_off_while_kernels_are_compiled_ends_with_its_plan(problem, tmp_path):
	paths = os.pathsep.join([str(ROOT), str(ROOT / "tests")])
	done = subprocess.run(
		[sys.executable, "-c", CALLED_OFF.format(problem=problem)],
		env={**os.environ, "PYTHONPATH": paths, "XDG_CACHE_HOME": str(tmp_path)},
		capture_output=True,
		text=True,
		check=True,
	)
	assert done.stdout.split() == ["CANCELLED", "100"]
	assert not list(tmp_path.rglob("*.nbi")), "a kernel was compiled all the same"
