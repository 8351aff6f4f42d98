"""Explanations name the clause that fails, for the values that break it, with what it reads."""

from __future__ import annotations

from dataclasses import replace

from chart.sample import (
    APP_CONSISTENT,
    BROKEN,
    COMPLETES,
    COPIED,
    CREATING,
    DISK_NOW,
    DISKS,
    DRIFT,
    FAILING,
    FROZEN,
    LAYOUT,
    ONE_COMMIT,
    RECOVERED,
    SYSTEM,
    TAKEN,
    VM,
    VMS,
    ZERO,
    trace_of,
)
from hvcheck.report.cause import find_cause
from hvcheck.report.explain import explain, explanation_lines
from hvcheck.verdict import Violated, confirm
from hvmodel.expression import (
    FALSE,
    Expression,
    Literal,
    Quantifier,
    conjunction,
    disjunction,
    equality,
    implication,
    negation,
)
from hvmodel.semantics import Step, evaluate
from hvmodel.state import Layout
from hvmodel.system import Action, Obligation, Property
from hvmodel.trace import Trace


def violated(claim: Property, trace: Trace, *, layout: Layout = LAYOUT, breach: Obligation | None = None) -> Violated:
    return Violated(claim.name, confirm(layout, trace), breach)


def lines(claim: Property, trace: Trace, *, layout: Layout = LAYOUT, breach: Obligation | None = None) -> list[str]:
    return explanation_lines(explain(violated(claim, trace, layout=layout, breach=breach), claim))


def test_always_names_the_first_values_that_break_it_and_what_was_read() -> None:
    assert lines(APP_CONSISTENT, trace_of(DRIFT)) == [
        "after step 9 this does not hold",
        "  taken.now[vm0, disk1] == recovered[vm0, disk1]  is false",
        "    given copied[vm0]",
        "    copied[vm0] = true, since step 9",
        "    taken.now[vm0, disk1] = data1, since step 8",
        "    recovered[vm0, disk1] = zero",
    ]


def test_leads_to_says_what_was_due_and_never_came() -> None:
    assert lines(COMPLETES, trace_of(DRIFT, loop=len(DRIFT))) == [
        "after step 1 it is due that not HostVss.creating, and that never comes",
        "  HostVss.creating  is true",
        "    HostVss.creating = true, since step 1",
    ]


def test_leads_to_tells_the_moments_apart() -> None:
    claim = replace(COMPLETES, trigger=FROZEN.at(Literal(0, VM)), expression=COPIED.at(Literal(0, VM)))
    assert lines(claim, trace_of(DRIFT[:6], loop=6)) == [
        "after step 4 it is due that copied[vm0], and that never comes",
        "  after step 4:",
        "  App.frozen[vm0]  is true",
        "    App.frozen[vm0] = true, since step 4",
        "  in every state from there on, as in the last:",
        "  copied[vm0]  is false",
    ]


def test_leads_to_ignores_a_request_that_was_answered() -> None:
    again = (Step("Start", (0,)), Step("Prepare", (0,)))
    explanation = explain(violated(COMPLETES, trace_of(FAILING + again, loop=6)), COMPLETES)
    assert explanation.step == 5


def test_never_names_the_step() -> None:
    assert lines(ONE_COMMIT, trace_of(DRIFT[:8])) == [
        "step 8 must never be taken (StorageProvider.CommitSnapshots): HostVss -> StorageProvider: CommitSnapshots"
    ]


def test_at_most_names_the_step_that_is_one_too_many() -> None:
    claim = Property("Once", "at most", negation(CREATING.at()), about="HostVss.StartSnapshotSet")
    assert lines(claim, trace_of(DRIFT[:2]))[0] == "step 1 is one HostVss.StartSnapshotSet too many"


def test_a_broken_obligation_shows_the_requirement_before_the_step() -> None:
    needs = equality(DISK_NOW.at(VMS, DISKS), ZERO)
    breach = Obligation("requires", needs, "taken.copy needs an empty disk", (DISKS,))
    actions = tuple(_with(action, breach) if action.name == "HostCommit" else action for action in SYSTEM.actions)
    layout = Layout(replace(SYSTEM, actions=actions), LAYOUT.scope)
    claim = Property("Preconditions", "obligations")
    assert lines(claim, trace_of(DRIFT[:8], layout=layout), layout=layout, breach=breach) == [
        "step 8 (HostVss -> StorageProvider: CommitSnapshots) breaks what it requires: taken.copy needs an empty disk",
        "  disk.now[vm0, disk1] == zero  is false",
        "    disk.now[vm0, disk1] = data1, since step 7",
    ]


def _with(action: Action, obligation: Obligation) -> Action:
    return replace(action, obligations=(obligation,))


def test_a_deadlock_says_who_waits_where() -> None:
    claim = Property("NoDeadlock", "deadlock", FALSE)
    assert lines(claim, trace_of(DRIFT[:4]))[2:] == ["    Backup.pc = frozen"]


def test_a_run_that_breaks_nothing_is_called_a_defect() -> None:
    assert "defect" in lines(APP_CONSISTENT, trace_of(DRIFT[:3]))[0]


def test_every_form_of_clause_is_taken_apart() -> None:
    states = trace_of(DRIFT).states
    bad = equality(TAKEN.at(VMS, DISKS), RECOVERED.at(VMS, DISKS))
    copied, frozen, broken = COPIED.at(VMS), FROZEN.at(VMS), BROKEN.at(VMS)
    cases: list[tuple[Expression, bool, str, bool]] = [
        (Quantifier("all", (VMS,), conjunction((copied, frozen))), True, "App.frozen[vm0]", False),
        (Quantifier("all", (VMS,), disjunction((frozen, broken))), True, "App.frozen[vm0] or Ic.broken[vm0]", False),
        (Quantifier("some", (VMS,), disjunction((frozen, copied))), False, "copied[vm0]", True),
        (negation(Quantifier("some", (VMS, DISKS), negation(bad))), True, bad_name(), False),
        (Quantifier("all", (VMS,), implication(copied, Quantifier("all", (DISKS,), bad))), True, bad_name(), False),
        (Quantifier("some", (VMS,), frozen), True, "(some vm: VM . App.frozen[vm])", False),
    ]
    for expression, wanted, clause, value in cases:
        assert bool(evaluate(expression, LAYOUT, states[-1], {})) != wanted
        cause = find_cause(expression, LAYOUT, states, wanted=wanted)
        assert (cause.clause, cause.holds) == (clause, value)
        assert cause.facts


def bad_name() -> str:
    return "taken.now[vm0, disk1] == recovered[vm0, disk1]"
