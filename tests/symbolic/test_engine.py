"""The engine: a proof becomes a verdict only with a run that shows that the claim could have failed."""

from __future__ import annotations

from dataclasses import replace

from hvcheck.engine import Budget, Progress
from hvcheck.symbolic.engine import SymbolicEngine
from hvcheck.verdict import Confirmed, Proved, Undetermined, Verdict
from hvmodel.expression import FALSE, negation
from hvmodel.system import Property, Scope, System

from . import sample
from .enumerate import witness
from .sample import CONSISTENT, FRESH, FULL, HELD, at, lemma, vm

SCOPE = Scope("small", (("VM", 1), ("DISK", 1), ("BLOCK", 1), ("DATA", 2)))


def nobody(_: System, __: Property, ___: Scope, ____: Budget) -> Confirmed | None:
    return None


def judged(system: System, claim: Property, engine: SymbolicEngine) -> Verdict:
    events = list(engine.run(system, (claim,), SCOPE, Budget(seconds=60)))
    verdicts = [event for event in events if not isinstance(event, Progress)]
    assert len(verdicts) == 1
    return verdicts[0]


def test_a_proof_with_a_witness_is_proved() -> None:
    verdict = judged(FULL, CONSISTENT, SymbolicEngine(witness))
    assert isinstance(verdict, Proved)
    assert verdict.witness is not None
    assert verdict.witness.trace.steps[-1].action == "Write"
    assert verdict.certificate.obligations > 0


def test_a_proof_without_a_witness_is_undetermined() -> None:
    verdict = judged(FULL, CONSISTENT, SymbolicEngine(nobody))
    assert isinstance(verdict, Undetermined)
    assert "could have failed" in verdict.reason
    assert verdict.certificate is not None


def test_a_vacuous_claim_is_undetermined() -> None:
    vacuous = replace(CONSISTENT, witness=FALSE)
    assert judged(FULL, vacuous, SymbolicEngine(witness)).word == "UNDETERMINED"


def test_a_claim_whose_witness_is_a_rival_waits_for_it_with_its_certificate() -> None:
    late = sample.protocol("Late", (vm,), (FALSE,))
    system = sample.system(actions=(*sample.ACTIONS, late))
    verdict = judged(system, Property("NeverLate", "never", forbidden=frozenset({"Late"})), SymbolicEngine(witness))
    assert isinstance(verdict, Undetermined)
    assert verdict.certificate is not None
    assert "scenario or mutant" in verdict.hint


def test_a_lemma_that_a_run_breaks_is_called_false() -> None:
    wrong = lemma("Wrong", negation(at("captured", vm)))
    verdict = judged(sample.system(HELD, FRESH, wrong), CONSISTENT, SymbolicEngine(witness))
    assert isinstance(verdict, Undetermined)
    assert verdict.reason == "the lemma Wrong is false: a run of 4 steps breaks it"


def test_every_property_gets_one_verdict_and_kinds_are_declared() -> None:
    engine = SymbolicEngine(witness)
    events = list(engine.run(FULL, (CONSISTENT, HELD, FRESH), SCOPE, Budget()))
    assert [event.property for event in events if not isinstance(event, Progress)] == ["Consistent", "Held", "Fresh"]
    assert engine.supports(CONSISTENT)
    assert not engine.supports(Property("Live", "leads to"))
