"""A number that can leave its range is an obligation, however it is written."""

from __future__ import annotations

from pathlib import Path

import pytest

from hvcheck.engine import Budget
from hvcheck.explicit.engine import ExplicitEngine
from hvcheck.verdict import Violated
from hvspec.compile import compile_system
from hvspec.load import load

SPEC = """era numbers "a number written in one step"
var c: bool
var x: int 0..5
actor A {{ on Go {{ x := {value} }} }}
protocol P by A {{ -> A: Go }}
cover Done eventually succeeded(P)
"""


OPTION = SPEC.replace("var x: int 0..5", "var x: int 0..5?\nvar y: int 0..9? = 7\nvar z: int 3..4?")
BROKEN = [
    *((SPEC, value) for value in ("9", "x + 6", "x - 1", "if c then 0 else 9", "if c then x else x + 9", "0 - 1")),
    *((OPTION, value) for value in ("9", "y", "if c then none else 9", "if c then z else y")),
]
KEPT = [(OPTION, "none"), (OPTION, "z"), (OPTION, "if c then y else z"), (SPEC, "5")]


def is_broken(text: str, folder: Path) -> bool:
    path = folder / "numbers.hvs"
    path.write_text(text, encoding="utf-8")
    spec, diagnostics = load(str(path))
    assert spec is not None, diagnostics
    system, scope, _ = compile_system(spec)
    assert system is not None
    assert scope is not None
    claims = [claim for claim in system.properties if claim.name == "Preconditions"]
    events = ExplicitEngine().run(system, claims, scope, Budget())
    return any(isinstance(event, Violated) and event.breach is not None for event in events)


@pytest.mark.parametrize(("spec", "value"), BROKEN)
def test_what_leaves_its_range_is_found(spec: str, value: str, tmp_path: Path) -> None:
    assert is_broken(spec.format(value=value), tmp_path)


@pytest.mark.parametrize(("spec", "value"), KEPT)
def test_what_stays_in_its_range_is_fine(spec: str, value: str, tmp_path: Path) -> None:
    assert not is_broken(spec.format(value=value), tmp_path)
