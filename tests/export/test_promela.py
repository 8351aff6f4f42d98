"""Promela that Spin counts and judges as hvcheck does."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from benchmarks.peers import INSTANCES, Instance
from explicit.helpers import verdicts
from generators.systems import Drawn, systems
from hvcheck.engine import Budget
from hvcheck.explicit import explore
from hvcheck.export import Origin, TooLargeError
from hvcheck.export.promela import promela
from hvmodel.expression import FALSE, Quantifier, Variable, equality
from hvmodel.system import Action, Function, Guard, Scope, System, Write
from hvmodel.types import BOOL, Sort

from .helpers import BACKUP, TINY, exported, system_of
from .spin import needs_spin, spin

FEW = ("option", "storage_requires")
ALL_TINY = [
    pytest.param(path, scenario, id=f"{path.stem}-{scenario}", marks=() if path.stem in FEW else pytest.mark.slow)
    for path in sorted(TINY.glob("*.hvs"))
    for scenario in re.findall(r"^# counts (\w+):", path.read_text("utf-8"), re.MULTILINE)
]
WS2012 = [
    ("ideal", "disks"),
    ("ideal", "machines"),
    ("one_machine_fails", "disks"),
    ("deadline_passes", "disks"),
    ("crash_during_abort", "disks"),
    ("requester_dies", "disks"),
]
FOUND = {"VIOLATED", "REACHED"}


@needs_spin
@pytest.mark.parametrize(("path", "scenario"), ALL_TINY)
def test_tiny_specs_have_the_same_states(path: Path, scenario: str, tmp_path: Path) -> None:
    ours = explore(*system_of(path, scenario))
    theirs = spin(exported("promela", path, scenario).text, tmp_path, optimise="-O0")
    assert (theirs.states, theirs.errors) == (ours.states, 0)


@needs_spin
@pytest.mark.parametrize("one", [INSTANCES[0], pytest.param(INSTANCES[1], marks=pytest.mark.slow)])
def test_the_peers_model_has_the_states_of_the_hand_written_one(one: Instance, tmp_path: Path) -> None:
    theirs = spin(exported("promela", BACKUP, one.scenario).text, tmp_path)
    assert (theirs.states, theirs.transitions, theirs.errors) == (one.states, one.transitions, 0)


@needs_spin
@pytest.mark.slow
@pytest.mark.parametrize(("scenario", "scope"), WS2012)
def test_an_era_has_the_same_states_and_steps(scenario: str, scope: str, tmp_path: Path) -> None:
    ours = explore(*system_of("ws2012", scenario, scope))
    theirs = spin(exported("promela", "ws2012", scenario, scope).text, tmp_path)
    assert (theirs.states, theirs.transitions) == (ours.states, ours.transitions)


@needs_spin
@pytest.mark.slow
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck), phases=[Phase.generate])
@given(drawn=systems())
def test_generated_systems_have_the_same_states(drawn: Drawn, tmp_path_factory: pytest.TempPathFactory) -> None:
    ours = explore(drawn.system, drawn.scope, Budget(states=3000))
    if not ours.finished:
        return
    text = promela(drawn.system, drawn.scope, Origin("drawn")).text
    assert spin(text, tmp_path_factory.mktemp("spin"), optimise="-O0").states == ours.states


@needs_spin
@pytest.mark.slow
@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck), phases=[Phase.generate])
@given(drawn=systems())
def test_generated_properties_are_judged_alike(drawn: Drawn, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Where a step breaks an obligation nothing is known of what follows, so what must follow is not compared there."""
    if not explore(drawn.system, drawn.scope, Budget(states=3000)).finished:
        return
    ours = verdicts(drawn.system, drawn.scope)
    text = promela(drawn.system, drawn.scope, Origin("drawn")).text
    broken = ours["Preconditions"].word in FOUND
    for claim in drawn.system.properties:
        follows = claim.claim == "leads to"
        if claim.claim == "deadlock" or (follows and broken):
            continue
        folder = tmp_path_factory.mktemp("spin")
        theirs = spin(text, folder, check=f"CHECK_{claim.name}", fair=follows, optimise="-O0")
        assert bool(theirs.errors) == (ours[claim.name].word in FOUND), claim.name


@needs_spin
@pytest.mark.slow
@pytest.mark.parametrize(
    ("scenario", "scope"), [("no_rollback", "disks"), ("guest_session_ends_early", "disks"), ("ideal", "disks")]
)
def test_an_eras_properties_are_judged_alike(scenario: str, scope: str, tmp_path: Path) -> None:
    system, chosen = system_of("ws2012", scenario, scope)
    ours = verdicts(system, chosen)
    text = exported("promela", "ws2012", scenario, scope).text
    for claim in system.properties:
        if claim.claim in ("deadlock", "invariant"):
            continue
        theirs = spin(text, tmp_path, check=f"CHECK_{claim.name}", fair=claim.claim == "leads to", optimise="-O0")
        assert bool(theirs.errors) == (ours[claim.name].word in FOUND), claim.name


@needs_spin
@pytest.mark.parametrize(("scenario", "errors"), [("careless", 1), pytest.param("shallow", 0, marks=pytest.mark.slow)])
def test_spin_finds_what_is_violated(scenario: str, errors: int, tmp_path: Path) -> None:
    text = exported("promela", BACKUP, scenario).text
    assert spin(text, tmp_path, check="CHECK_Consistent", optimise="-O0").errors == errors


@needs_spin
def test_spin_finds_a_run_that_gives_no_answer(tmp_path: Path) -> None:
    """What must follow is judged with fairness for each branch and none for the world."""
    path = tmp_path / "answers.hvs"
    path.write_text(ANSWERS, encoding="utf-8")
    ours = verdicts(*system_of(path))
    text = exported("promela", path).text
    for name, word in {"Thaws": "HOLDS", "Written": "VIOLATED"}.items():
        assert ours[name].word == word
        assert bool(spin(text, tmp_path, check=f"CHECK_{name}", fair=True, optimise="-O0").errors) == (word in FOUND)


ANSWERS = """era answers
sort VM
var held: map[VM] bool
var written: bool
actor Tool
protocol Backup by Tool { each vm in VM { step Hold(vm) { held[vm] := true }  step Free(vm) { held[vm] := false } } }
env Write when not written { written := true }
property Thaws   all_free() leads to succeeded(Backup)
property Written all_free() leads to written
fun all_free() = all vm: VM . not held[vm]
scope two { VM = 2 }
"""


@needs_spin
def test_a_deadlock_is_an_invalid_end_state(tmp_path: Path) -> None:
    text = exported("promela", TINY / "deadlock.hvs", "default").text
    assert spin(text, tmp_path, optimise="-O0").errors == 0
    assert spin(text, tmp_path, check="CHECK_NoDeadlock", optimise="-O0").errors == 1


def test_what_cannot_be_said_is_named() -> None:
    found = exported("promela", TINY / "deadlock.hvs", "default")
    assert [sentence.partition(":")[0] for sentence in found.left_out] == ["NoDeadlock"]
    assert "Not said in full here" in found.text


def test_what_would_be_too_long_is_refused() -> None:
    block = Sort("BLOCK")
    one, other = Variable("one", block), Variable("other", block)
    f = Function("f", (block,), BOOL, FALSE)
    all_equal = Quantifier("all", (one, other), equality(f.at(one), f.at(other)))
    action = Action("a", "protocol", (), (Guard("g", all_equal),), (Write("f", (one,), FALSE, (one,)),))
    system = System("large", sorts=(block,), functions=(f,), actions=(action,))
    with pytest.raises(TooLargeError, match="smaller scope"):
        promela(system, Scope("large", (("BLOCK", 1000),)), Origin("large"))
