"""Parameters of every type: their defaults, what scenarios give them, and what a command line may."""

from __future__ import annotations

from pathlib import Path

import pytest

from hvmodel.expression import Literal
from hvmodel.system import Write
from hvspec.compile import compile_system
from hvspec.spec import Setting

from .helpers import compiled, loaded

SPEC = """era parameters
sort DISK
const system, data: DISK
enum Mode { quick thorough }
param flag:    bool     = true
param times:   int 0..3 = 2
param mode:    Mode     = thorough
param target:  DISK     = data
param source:  DISK?    = none
param limit:   int 0..3? = 1
var flag_:   bool
var times_:  int 0..3
var mode_:   Mode
var target_: DISK
var source_: DISK?
var limit_:  int 0..3?
actor A
protocol P by A {
  step S { flag_ := flag  times_ := times  mode_ := mode  target_ := target  source_ := source  limit_ := limit }
}
scope two { DISK = 2 }
scenario defaults { }
scenario others { flag = false  times = 3  mode = quick  target = system  source = data  limit = none }
"""
NAMES = ("flag", "times", "mode", "target", "source", "limit")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    file = tmp_path / "parameters.hvs"
    file.write_text(SPEC, encoding="utf-8")
    return file


def assigned(path: Path, scenario: str, settings: dict[str, Setting] | None = None) -> dict[str, object]:
    """What the one step writes: a name if the value has one."""
    system, _ = compiled(loaded(path), scenario, settings=settings)
    writes = {write.function.rstrip("_"): write for write in system.actions[0].writes}
    return {name: _value(writes[name]) for name in NAMES}


def _value(write: Write) -> object:
    found = write.value.arguments[0] if not isinstance(write.value, Literal) else write.value  # type: ignore[union-attr]
    assert isinstance(found, Literal)
    return found.name or found.value


def test_defaults(path: Path) -> None:
    expected = {"flag": True, "times": 2, "mode": "thorough", "target": "data", "source": "none", "limit": 1}
    assert assigned(path, "defaults") == expected
    shown = {one.name: one.default for one in loaded(path).parameters if one.name in NAMES}
    assert shown == expected


def test_a_scenario_gives_others(path: Path) -> None:
    expected = {"flag": False, "times": 3, "mode": "quick", "target": "system", "source": "data", "limit": "none"}
    assert assigned(path, "others") == expected


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("flag", "False", False),
        ("times", "0", 0),
        ("mode", "quick", "quick"),
        ("target", "system", "system"),
        ("source", "system", "system"),
        ("source", "none", "none"),
        ("limit", "3", 3),
        ("limit", "none", "none"),
    ],
)
def test_a_command_gives_others(path: Path, name: str, text: str, value: object) -> None:
    assert assigned(path, "defaults", {name: text})[name] == value


@pytest.mark.parametrize(
    ("name", "text", "code"),
    [
        ("flag", "2", "HV211"),
        ("times", "4", "HV507"),
        ("times", "none", "HV211"),
        ("mode", "slow", "HV211"),
        ("target", "disk0", "HV211"),
        ("target", "none", "HV211"),
        ("source", "zero", "HV211"),
        ("limit", "7", "HV507"),
    ],
)
def test_what_does_not_fit_is_refused(path: Path, name: str, text: str, code: str) -> None:
    system, _, wrong = compile_system(loaded(path), scenario="defaults", settings={name: text})
    assert system is None
    assert [one.code for one in wrong] == [code]


@pytest.mark.parametrize(
    ("condition", "twos"),
    [
        ("times > 1", {2, 3}),
        ("times <= 1", {0, 1}),
        ("times + 1 == 2", {1}),
        ("3 - times >= 3", {0}),
        ("2 < times", {3}),
    ],
)
def test_what_numbers_decide_is_decided_when_the_spec_is_compiled(
    tmp_path: Path, condition: str, twos: set[int]
) -> None:
    """The other branch is not there at all: neither its step nor a place to stand before it."""
    file = tmp_path / "decided.hvs"
    protocol = f"if {condition} {{ step One step Two }} else {{ step Other }}"
    file.write_text(
        f"era decided\nparam times: int 0..3 = 2\nactor A\nprotocol P by A {{ {protocol} }}\n"
        "cover Ends eventually succeeded(P)\n",
        encoding="utf-8",
    )
    for times in range(4):
        system, _ = compiled(loaded(file), None, settings={"times": str(times)})
        labels = [action.name for action in system.actions]
        assert len(labels) == (2 if times in twos else 1), labels
