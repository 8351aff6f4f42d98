"""How fast a large spec is read and checked, and checked again after an edit; how fast the command starts."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from time import perf_counter, process_time

import pytest

from hvspec.library import Source
from hvspec.load import load_source
from hvspec.session import Session
from hvspec.tables import build, parser

from .large_spec import large_spec

LINES = 10_000
GENEROUS = 60.0
"""Seconds that no machine needs: only what has become quadratic takes as long."""


@pytest.fixture(scope="module")
def large() -> str:
    text = large_spec(LINES)
    assert text.count("\n") >= LINES
    return text


@pytest.mark.slow
def test_a_large_spec_is_read_and_checked(large: str, capsys: pytest.CaptureFixture[str]) -> None:
    parser()
    wall, start = perf_counter(), process_time()
    spec, found = load_source(Source("large.hvs", large))
    seconds, wall = process_time() - start, perf_counter() - wall
    assert spec is not None, found[:3]
    with capsys.disabled():
        print(f"\n{large.count(chr(10))} lines: {seconds:.2f} s of the processor, {wall:.2f} s by the clock")
    assert seconds < GENEROUS


@pytest.mark.slow
def test_an_edit_is_checked_again(large: str, capsys: pytest.CaptureFixture[str]) -> None:
    session, at = Session(large), large.index("creating := true", len(large) // 2)
    for name, (start, end, new) in {
        "a name that is not there": (at, at, "nowhere := true  "),
        "the name goes again": (at, at + 17, ""),
        "a line more in a handler": (at, at, "creating := true\n"),
        "a new step in a handler": (at, at, "step New  "),
        "a brace more": (at, at, "{"),
        "the brace goes again": (at, at + 1, ""),
        "a new variable": (-1, -1, "\nvar brand_new: bool\n"),
        "its type": (-6, -2, "int 0..3"),
        "a new parameter": (-1, -1, "\nparam brand: bool = true\n"),
        "a new invariant": (-1, -1, "\ninvariant Brand brand implies brand_new == 0\n"),
    }.items():
        room = len(session.text) + 1
        wall, begun = perf_counter(), process_time()
        session.edit(start % room, end % room, new)
        seconds, wall = process_time() - begun, perf_counter() - wall
        with capsys.disabled():
            print(f"\n{name}: {seconds:.3f} s of the processor, {wall:.3f} s by the clock", end="")
        assert seconds < GENEROUS / 10
    assert not any(one.severity == "error" for one in session.diagnostics)
    assert session.diagnostics == load_source(Source(session.file, session.text))[1]


@pytest.mark.slow
def test_the_tables_save_building_the_parser(capsys: pytest.CaptureFixture[str]) -> None:
    start = process_time()
    build()
    built = process_time()
    parser.__wrapped__()
    restored = process_time()
    with capsys.disabled():
        print(f"\nbuilt {built - start:.3f} s, from the tables {restored - built:.3f} s")


@pytest.mark.slow
def test_starting(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    spec = tmp_path / "tiny.hvs"
    spec.write_text("era tiny\nactor A { var seen: bool  on M { seen := true } }\nprotocol P by A { -> A: M }\n")
    times = []
    for arguments in (
        ["-c", "pass"],
        ["-m", "hvcheck.cli.main", "--version"],
        ["-m", "hvcheck.cli.main", "check", spec],
    ):
        start = perf_counter()
        subprocess.run([sys.executable, *map(str, arguments)], check=True, capture_output=True)
        times.append(perf_counter() - start)
    with capsys.disabled():
        print("\nPython {:.3f} s, --version {:.3f} s, check {:.3f} s by the clock".format(*times))
    assert times[-1] < GENEROUS
