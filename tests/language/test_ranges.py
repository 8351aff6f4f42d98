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


@pytest.mark.parametrize("value", ["9", "x + 6", "x - 1", "if c then 0 else 9", "if c then x else x + 9", "0 - 1"])
def test_what_leaves_its_range_is_found(tmp_path: Path, value: str) -> None:
    path = tmp_path / "numbers.hvs"
    path.write_text(SPEC.format(value=value), encoding="utf-8")
    spec, diagnostics = load(str(path))
    assert spec is not None, diagnostics
    system, scope, _ = compile_system(spec)
    assert system is not None
    assert scope is not None
    events = ExplicitEngine().run(system, [system.property["Preconditions"]], scope, Budget())
    assert any(isinstance(event, Violated) and event.breach is not None for event in events)
