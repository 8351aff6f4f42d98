"""Words of the compiler stay inside: what people read is what authors write."""

from __future__ import annotations

from dataclasses import replace

import pytest

from hvcheck.chart.naming import cell_name, function_name, plain_location
from hvcheck.chart.readable import readable
from hvcheck.chart.run import chart_of_run
from hvmodel.expression import (
    Expression,
    Literal,
    Quantifier,
    conjunction,
    disjunction,
    equality,
    implication,
    negation,
)
from hvmodel.semantics import Step
from hvmodel.state import Layout
from hvmodel.system import Function, Location
from hvmodel.types import BOOL, Enum

from .sample import COPIED, LAYOUT, NO, SCOPE, SYSTEM, VM, VMS, trace_of

WHERE = Enum("pc.Ic.Backup", ("idle", "recover#26", "done"))
SUCCEEDED = Function("succeeded.Backup", (), BOOL, NO, "outcome")
FAILED = Function("failed.Backup", (), BOOL, NO, "outcome")
UP = Function("up.guest", (VM,), BOOL, Literal(True, BOOL), "place")
PC = Function("pc.Ic.Backup", (VM,), WHERE, Literal("idle", WHERE), "control")
COMPILED = replace(SYSTEM, functions=(*SYSTEM.functions, SUCCEEDED, FAILED, UP, PC))

ENDED = disjunction([SUCCEEDED.at(), FAILED.at()])
IDLE = Quantifier("all", (VMS,), equality(PC.at(VMS), Literal("idle", WHERE)))
RECOVERING = equality(PC.at(VMS), Literal("recover#26", WHERE))


@pytest.mark.parametrize(
    ("compiled", "written"),
    [
        (ENDED, "ended(Backup)"),
        (conjunction([ENDED, IDLE]), "ended(Backup)"),
        (implication(conjunction([ENDED, IDLE]), COPIED.at(VMS)), "ended(Backup) implies copied[vm]"),
        (conjunction([ENDED, IDLE, COPIED.at(VMS)]), "ended(Backup) and copied[vm]"),
        (SUCCEEDED.at(), "succeeded(Backup)"),
        (conjunction([SUCCEEDED.at(), COPIED.at(VMS)]), "succeeded(Backup) and copied[vm]"),
        (negation(UP.at(VMS)), "not up(guest[vm])"),
        (RECOVERING, "Ic.Backup[vm] is at recover"),
        (
            implication(disjunction([RECOVERING, equality(PC.at(VMS), Literal("done", WHERE))]), COPIED.at(VMS)),
            "the protocol is there implies copied[vm]",
        ),
        (COPIED.at(VMS), "copied[vm]"),
    ],
)
def test_expressions_speak_the_language_of_the_spec(compiled: Expression, written: str) -> None:
    assert readable(COMPILED, compiled) == written


def test_not_ended_is_not_called_ended() -> None:
    for compiled in (negation(ENDED), conjunction([negation(SUCCEEDED.at()), negation(FAILED.at())])):
        assert not readable(COMPILED, compiled).startswith("ended")


def test_cells_and_locations_go_by_their_names() -> None:
    assert cell_name(COMPILED, UP, (0,)) == "up(guest[vm0])"
    assert cell_name(COMPILED, PC, (0,)) == "Ic.Backup[vm0]"
    assert function_name(FAILED) == "failed(Backup)"
    assert function_name(COPIED, ("vm1",)) == "copied[vm1]"
    assert plain_location("recover#26") == "recover"


def test_a_step_without_an_event_stands_at_the_actor_whose_code_it_is() -> None:
    named = "Backup: recover#26 ~2"
    action = replace(SYSTEM.action["Start"], name=named, events=(), thread="Backup")
    place = Location("Backup", "recover#26", "recover", ("Requester.Run", "Ic.Backup"))
    system = replace(SYSTEM, actions=(action,), locations=(place,))
    layout = Layout(system, SCOPE)
    row = chart_of_run(layout, trace_of((Step(named, (0,)),), layout=layout)).rows[0]
    assert (row.kind, row.label, row.source) == ("step", "recover", "Ic[vm0]")
    unplaced = Layout(replace(system, locations=()), SCOPE)
    assert chart_of_run(unplaced, trace_of((Step(named, (0,)),), layout=unplaced)).rows[0].source == ""
    assert LAYOUT.system.locations == ()
