"""Broken specs: what is said of each, word for word, and that every diagnostic the sources know is among them."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from importlib.resources import files
from importlib.resources.abc import Traversable

import pytest

from chart.golden import check
from hvcheck.report.console import write
from hvcheck.report.diagnostics import render_all
from hvspec.compile import compile_system
from hvspec.diagnostic import Diagnostic
from hvspec.load import load

from .helpers import HERE

BROKEN = sorted(path.stem for path in (HERE / "broken").glob("*.hvs"))

ELSEWHERE = {
    "HV007": "a file of two million characters: test_limits",
    "HV009": "files that cannot be read at all: test_limits",
    "HV406": "too large to compile: test_limits",
}
"""Codes whose specs are too large, or no text at all, for a file here."""

UNREACHABLE: dict[str, str] = {}
"""Codes that no spec can raise, and why."""


@pytest.fixture(autouse=True)
def _in_the_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    # Diagnostics name files as they were given: by name, wherever this checkout lies.
    monkeypatch.chdir(HERE / "broken")


def found_in(name: str) -> tuple[Diagnostic, ...]:
    """What is said when a spec is loaded and, if that goes well, compiled in each of its scenarios."""
    spec, found = load(f"{name}.hvs")
    for scenario in spec.scenarios if spec else ():
        found += compile_system(spec, scenario=scenario.name)[2]  # type: ignore[arg-type]
    return found


@pytest.mark.parametrize("name", BROKEN)
def test_what_is_said(name: str) -> None:
    found = found_in(name)
    assert found
    text = io.StringIO()
    write(text, render_all(found, {f"{name}.hvs": (HERE / "broken" / f"{name}.hvs").read_text("utf-8")}))
    check(HERE / "golden", f"{name}.txt", text.getvalue())


@pytest.mark.parametrize("name", BROKEN)
def test_a_file_shows_the_codes_it_is_named_for(name: str) -> None:
    assert {f"HV{code}" for code in re.findall(r"hv(\d{3})", name)} <= {one.code for one in found_in(name)}


def test_every_code_of_the_sources_is_shown() -> None:
    raised = {code for text in _sources(files("hvspec")) for code in re.findall(r'"(HV[0-9]{3})"', text)}
    shown = {one.code for name in BROKEN for one in found_in(name)}
    assert raised - shown == set(ELSEWHERE) | set(UNREACHABLE)


def test_no_golden_file_is_left_over() -> None:
    assert sorted(path.stem for path in (HERE / "golden").glob("*.txt")) == BROKEN


def test_there_are_enough() -> None:
    assert len(BROKEN) >= 100


def _sources(folder: Traversable) -> Iterator[str]:
    for entry in folder.iterdir():
        if entry.is_dir():
            yield from _sources(entry)
        elif entry.name.endswith(".py"):
            yield entry.read_text("utf-8")
