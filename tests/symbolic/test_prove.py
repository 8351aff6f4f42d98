"""Proofs for every size: what is proved, what is refused, and what is said about it."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import pytest

from hvcheck.engine import Budget
from hvcheck.symbolic.prove import Proof, Prover, Refusal, prove
from hvcheck.verdict import Certificate
from hvmodel.expression import TRUE, Apply, Literal, Read, conjunction, equality, implication, negation
from hvmodel.semantics import apply, holds, is_enabled
from hvmodel.system import Action, Guard, Property, System, Write
from hvmodel.types import BOOL, Int

from . import sample
from .sample import CONSISTENT, DATA, FRESH, FULL, HELD, at, block, branch_at, disk, every, lemma, vm

UNBOUNDED = Budget()
BARE = Literal(0, DATA)


def proved(system: System, claim: Property = CONSISTENT) -> Certificate:
    found = prove(system, claim, UNBOUNDED)
    assert isinstance(found, Certificate), found
    return found


def refused(system: System, claim: Property = CONSISTENT) -> Refusal:
    found = prove(system, claim, UNBOUNDED)
    assert isinstance(found, Refusal), found
    return found


def test_lemmas_of_the_spec_and_control_lemmas_prove_the_claim_for_every_size() -> None:
    certificate = proved(FULL)
    assert certificate.conjuncts == ("Consistent", "Held", "Fresh", "Backup waits for Branch")
    assert certificate.obligations > 2 * len(certificate.conjuncts)
    assert certificate.solver.startswith("z3 ")
    assert certificate.limits == ("Write: any number of times", "GuestCrash: never")


def test_only_what_the_claim_needs_is_in_the_certificate() -> None:
    idle = lemma("NotYetThawed", implication(sample.backup_at("idle"), negation(at("frozen", vm))))
    assert "NotYetThawed" not in proved(sample.system(HELD, FRESH, idle)).conjuncts


def test_named_lemmas_are_the_only_ones_used() -> None:
    assert proved(FULL, replace(CONSISTENT, lemmas=("Held", "Fresh")))
    assert refused(FULL, replace(CONSISTENT, lemmas=("Held",))).action == "Freeze"
    assert "Nowhere" in refused(FULL, replace(CONSISTENT, lemmas=("Nowhere",))).reason


def test_without_lemmas_the_claim_is_not_inductive_and_a_state_shows_why() -> None:
    refusal = refused(sample.system())
    assert refusal.reason == "the property is not inductive by itself; add invariants"
    assert (refusal.conjunct, refusal.action) == ("Consistent", "Freeze")
    assert "Vss[vm]: Freeze" in refusal.hint
    assert "not a bug" in refusal.hint
    counterexample = refusal.counterexample
    assert counterexample is not None
    assert str(counterexample.layout.scope) == "1 VM x 1 DISK x 1 BLOCK x 2 DATA"
    assert "recovered[vm0, disk0, block0]: data0 -> data1" in counterexample.lines()
    assert not any(line.startswith(("writes", "frozen", "backup")) for line in counterexample.lines())


def test_a_counterexample_to_induction_is_a_step_of_the_reference_semantics() -> None:
    found = refused(sample.system(HELD)).counterexample
    assert found is not None
    action = found.layout.system.action[found.step.action]
    assert is_enabled(action, found.step.arguments, found.layout, found.state)
    assert apply(found.layout, found.state, found.step) == found.successor
    assert holds(CONSISTENT.expression, found.layout, found.state)
    assert holds(HELD.expression, found.layout, found.state)
    assert not holds(CONSISTENT.expression, found.layout, found.successor)


def test_a_lemma_that_no_run_breaks_but_is_not_inductive_is_refused_by_name() -> None:
    weak = lemma("Weak", implication(branch_at(vm, "freeze"), negation(at("frozen", vm))))
    refusal = refused(sample.system(HELD, FRESH, weak))
    assert refusal.reason == "the lemma Weak is not inductive"
    assert (refusal.conjunct, refusal.action, refusal.is_false) == ("Weak", "Fork", False)


def test_a_lemma_that_does_not_hold_initially_is_called_false() -> None:
    refusal = refused(sample.system(HELD, FRESH, lemma("Wrong", at("frozen", vm))))
    assert refusal.reason == "the lemma Wrong is false: it does not hold initially"
    assert refusal.is_false


def test_a_false_lemma_that_would_prove_everything_is_refused() -> None:
    wrong = lemma("Wrong", negation(at("captured", vm)))
    refusal = refused(sample.system(wrong))
    assert (refusal.conjunct, refusal.action) == ("Wrong", "Snap")


def test_control_lemmas_are_dropped_when_a_crash_refutes_them() -> None:
    """A crash of the caller leaves orphans: then nothing may rest on parents that wait."""
    crash = Action("Crash", "fault", (), (), (sample.go_backup("idle"),))
    refusal = refused(sample.system(HELD, FRESH, actions=(*sample.ACTIONS, crash)), FRESH)
    assert refusal.conjunct == "Fresh"
    assert refusal.action in ("Snap", "Crash")


UNHELD = sample.changed("Write", guards=sample.WRITE.guards[1:])
LATE = sample.changed("Snap", writes=(sample.ACTIONS[3].writes[1:]))
SWAPPED = sample.changed(
    "Snap",
    writes=tuple(replace(w, value=at("recovered", *w.indices)) if w.binders else w for w in sample.ACTIONS[3].writes),
)
PARTLY = sample.changed(
    "Freeze",
    writes=tuple(
        replace(w, where=negation(equality(at("disk", *w.indices), sample.ZERO))) if w.binders else w
        for w in sample.ACTIONS[2].writes
    ),
)
EARLY_THAW = sample.changed("Freeze", writes=sample.ACTIONS[2].writes[1:])


@pytest.mark.parametrize("mutant", [UNHELD, LATE, PARTLY, EARLY_THAW], ids=["guard", "update", "where", "thaw"])
def test_mutants_are_refused(mutant: tuple[Action, ...]) -> None:
    assert refused(sample.system(HELD, FRESH, actions=mutant)).counterexample is not None


def test_a_harmless_change_is_still_proved() -> None:
    """What the mutants are compared with: taking the recovered image itself is as good."""
    assert proved(sample.system(HELD, FRESH, actions=SWAPPED))


def test_budgets_are_dropped_unless_a_claim_reads_them() -> None:
    left = sample.FUNCTIONS["writes"]
    used_up = Property("Budget", "always", equality(left.at(), left.initial))
    refusal = refused(replace(FULL, properties=(used_up,)), used_up)
    assert refusal.action == "Write"
    blocked = replace(sample.WRITE, guards=(*sample.WRITE.guards, Guard("off", negation(TRUE), role="budget")))
    still = sample.system(HELD, FRESH, actions=(*UNHELD[:-1], replace(blocked, guards=blocked.guards[1:])))
    assert refused(still).action == "Write"


def test_never_is_proved_from_the_guard_and_refused_when_the_action_can_be_taken() -> None:
    thawed = lemma("Thawed", implication(branch_at(vm, "thaw"), at("captured", vm)))
    late = sample.protocol("Late", (vm,), (branch_at(vm, "thaw"), negation(at("captured", vm))))
    system = sample.system(thawed, actions=(*sample.ACTIONS, late))
    certificate = proved(system, Property("NeverLate", "never", forbidden=frozenset({"Late"})))
    assert certificate.conjuncts == ("NeverLate", "Thawed")
    assert refused(system, Property("NeverSnap", "never", forbidden=frozenset({"Snap"})))


def test_unknown_is_never_success_and_names_the_obligation() -> None:
    hard = Prover(FULL, effort=1).prove(CONSISTENT, UNBOUNDED)
    assert isinstance(hard, Refusal)
    assert hard.reason == "the solver does not know about the obligation: Fresh after Begin"


def test_the_time_limit_is_never_success() -> None:
    late = prove(FULL, CONSISTENT, Budget(seconds=0.0))
    assert isinstance(late, Refusal)
    assert late.reason.startswith("the time limit was met")


def test_what_is_not_about_single_states_is_refused() -> None:
    for kind in ("leads to", "cover", "deadlock", "obligations"):
        assert "no inductive proof" in refused(FULL, Property("Other", kind)).reason  # type: ignore[arg-type]


def test_names_of_lemmas_and_functions_do_not_mix() -> None:
    """A lemma called like a function of the state must not become that function."""
    mixed = lemma("stuck", every((vm,), implication(at("frozen", vm), at("captured", vm))))
    stuck = sample.function("stuck", (), sample.BOOL, False)
    broken = Property("Broken", "always", conjunction((negation(stuck.at()),)))
    trap = sample.protocol("Trap", (), (), sample.put("captured", vm, value=at("captured", vm)))
    break_ = replace(trap, name="Break", writes=(replace(trap.writes[0], function="stuck", indices=(), value=TRUE),))
    system = sample.system(mixed, actions=(break_,))
    system = replace(system, functions=(*system.functions, stuck), properties=(broken, mixed))
    assert refused(system, broken).action == "Break"


def test_two_runs_give_the_same_words() -> None:
    assert refused(sample.system(HELD)).hint == refused(sample.system(HELD)).hint
    assert proved(FULL) == proved(FULL)


def test_a_prover_gives_the_same_answers_whatever_it_proved_before() -> None:
    prover = Prover(FULL)
    answers = [prover.prove(claim, UNBOUNDED) for claim in (HELD, FRESH, CONSISTENT)]
    assert answers == [proved(FULL, claim) for claim in (HELD, FRESH, CONSISTENT)]


def test_z3_is_loaded_only_when_the_engine_runs() -> None:
    code = "import sys, hvcheck.symbolic.engine; sys.exit('z3' in sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], env={"PYTHONPATH": ":".join(sys.path)}, check=False)
    assert run.returncode == 0


def test_a_number_of_its_range_is_proved_to_be_in_it_or_not_assumed() -> None:
    """Ranges are conjuncts like others: an action that leaves one takes the assumption away."""
    count = sample.function("count", (), Int(0, 3), 0)
    small = Property("Small", "always", Apply("<", (count.at(), Literal(4, Int(0, 4))), BOOL))
    reset = sample.protocol("Reset", (), (), Write("count", (), Literal(3, Int(0, 3))))
    more = sample.protocol(
        "More", (), (), Write("count", (), Apply("+", (count.at(), Literal(1, Int(1, 1))), Int(1, 4)))
    )
    system = replace(FULL, functions=(count,), threads=(), properties=(small,), actions=(reset,))
    assert proved(system, small)
    refusal = refused(replace(system, actions=(reset, more)), small)
    assert (refusal.action, refusal.reason) == ("More", "the property is not inductive by itself; add invariants")


def test_one_value_with_two_names_is_one_value() -> None:
    """Literals that differ in name or range alone: initial values must not look different from the claim's."""
    wrong = Property("Wrong", "always", every((vm, disk, block), negation(equality(at("disk", vm, disk, block), BARE))))
    assert refused(replace(FULL, properties=(wrong,)), wrong).is_false


def test_what_was_read_after_a_step_is_not_read_after_it_again() -> None:
    """Simplifying brings a replaced read to the top: `if true then g else ...` with g := f and f := not f."""
    f, g = (sample.function(name, (), BOOL, False) for name in "fg")
    chosen = Apply("if", (Apply("or", (TRUE, f.at()), BOOL), g.at(), f.at()), BOOL)
    claim = Property("Claim", "always", negation(chosen))
    swap = sample.protocol("Swap", (), (), Write("g", (), f.at()), Write("f", (), negation(f.at())))
    system = System("swap", functions=(f, g), actions=(swap,), properties=(claim,))
    found = refused(system, claim).counterexample
    assert found is not None
    assert found.lines() == ("f: true -> false", "g: false -> true")


def test_a_binder_may_be_used_in_an_index_before_its_own() -> None:
    late = Write("grid", (at("frozen", vm), vm), TRUE, binders=(vm,))
    grid = sample.function("grid", (BOOL, sample.VM), BOOL, False)
    fill = sample.protocol("Fill", (), (), late)
    claim = Property("Claim", "always", every((vm,), negation(Read("grid", (TRUE, vm), BOOL))))
    thawed = lemma("Thawed", negation(at("frozen", vm)))
    system = replace(FULL, functions=(*FULL.functions, grid), properties=(claim, thawed), actions=(fill,))
    assert proved(system, claim).conjuncts == ("Claim", "Thawed")


def test_two_claims_that_follow_from_each_other_do_not_prove_each_other() -> None:
    """Whatever was proved before, every certificate has an induction somewhere: an initial state and steps."""
    first = lemma("First", implication(branch_at(vm, "snap"), negation(at("captured", vm))), FRESH.expression)
    second = replace(first, name="Second")
    system = sample.system(HELD, first, second)
    prover = Prover(system)
    for claim in (first, second, first):
        proof = prover.proof(claim, UNBOUNDED)
        assert isinstance(proof, Proof)
        inductive = {d.obligation.key.conjunct for d in proof.discharged if d.obligation.key.kind == "initially"}
        implied = {d.obligation.key.conjunct for d in proof.discharged if d.obligation.key.kind == "follows"}
        assert inductive
        assert len(implied) <= 1
        assert inductive | implied == set(proof.certificate.conjuncts)
        assert not inductive & implied
