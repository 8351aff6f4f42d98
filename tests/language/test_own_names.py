"""A spec's own names stay its own, also where the compiler uses the same word."""

from __future__ import annotations

from pathlib import Path

import pytest

from hvcheck.engine import Budget
from hvcheck.symbolic.prove import Refusal, prove
from hvmodel.system import System
from hvmodel.types import Enum
from hvspec.compile import compile_system
from hvspec.load import load

SPEC = """era names "an enum called as the type of failure codes"
enum Failure { A B }
actor X
var v: Failure = B
protocol P by X { try { step S fail BAD } recover BAD { v := A } }
cover Done eventually succeeded(P)
property Fine always v == A implies v == A or v == B
property Wrong always v == B
"""


@pytest.fixture
def system(tmp_path: Path) -> System:
    path = tmp_path / "names.hvs"
    path.write_text(SPEC, encoding="utf-8")
    spec, diagnostics = load(str(path))
    assert spec is not None, diagnostics
    found, _, _ = compile_system(spec)
    assert found is not None
    return found


def test_both_enums_can_be_spoken_of_in_one_proof(system: System) -> None:
    assert not isinstance(prove(system, system.property["Fine"], Budget()), Refusal)
    assert isinstance(prove(system, system.property["Wrong"], Budget()), Refusal)


def test_an_enum_called_failure_keeps_its_values(system: System) -> None:
    assert system.enums == (Enum("Failure", ("A", "B")),)
    assert system.function["v"].range == Enum("Failure", ("A", "B"))
