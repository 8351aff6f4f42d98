"""Running Spin on what is exported: an independent checker that nobody here wrote."""

from __future__ import annotations

import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

SPIN, CC = shutil.which("spin"), shutil.which("gcc")
needs_spin = pytest.mark.skipif(SPIN is None or CC is None, reason="spin and gcc are not both installed")

_STORED = re.compile(r"^\s*(\d+) states, stored", re.MULTILINE)
_TRANSITIONS = re.compile(r"^\s*(\d+) transitions \(=", re.MULTILINE)
_ERRORS = re.compile(r"errors: (\d+)")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What Spin counted. `transitions` are without the initial state, which Spin counts as one."""

    states: int
    transitions: int
    errors: int
    log: str


def spin(text: str, folder: Path, *, check: str = "", fair: bool = False, optimise: str = "-O1") -> Outcome:
    """Count the states, or check what the macro `check` switches on; `fair` is for what must follow."""
    assert SPIN
    assert CC
    (folder / "model.pml").write_text(text, encoding="utf-8")
    _run([SPIN, "-o3", *([f"-D{check}"] if check else []), "-a", "model.pml"], folder)
    flags = ["-DNOREDUCE", "-DVECTORSZ=8192", *(["-DNFAIR=32"] if fair else ["-DSAFETY"])]
    _run([CC, optimise, "-w", *flags, "-o", "pan", "pan.c"], folder)
    log = _run([str(folder / "pan"), "-m1000000", "-w20", *(["-a", "-f"] if fair else [])], folder)
    assert "max search depth too small" not in log, log
    stored, transitions, errors = (pattern.search(log) for pattern in (_STORED, _TRANSITIONS, _ERRORS))
    assert stored and transitions and errors, log  # noqa: PT018 - all three or the log is not one
    return Outcome(int(stored[1]), int(transitions[1]) - 1, int(errors[1]), log)


def _run(command: list[str], folder: Path) -> str:
    run = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=600)
    assert run.returncode == 0, f"{command}\n{run.stdout}\n{run.stderr}"
    return run.stdout
