"""Proving a claim for every size: an inductive invariant made of lemmas from the spec, or what stands in the way."""

from __future__ import annotations

from dataclasses import field

from hvmodel.dataclass import dataclass
from hvmodel.system import Action, Property, System
from hvmodel.wording import described

from ..engine import Budget
from ..verdict import Certificate
from .budgets import limits
from .conjunct import Conjunct, missing_lemmas
from .counterexample import CounterexampleToInduction, search
from .induction import EFFORT, Clock, Cores, Failure, Induction
from .obligation import Obligation
from .prepared import Prepared

CLAIMS = frozenset({"always", "invariant", "at most", "never"})
"""The claims about single states, which an inductive invariant can settle."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why there is no proof. It never says that the claim is false: `counterexample` is not known to be reachable.

    `conjunct` is the claim or lemma that failed, `action` the step that may break it ("" if it fails initially).
    """

    claim: str
    reason: str
    hint: str = ""
    conjunct: str = ""
    action: str = ""
    counterexample: CounterexampleToInduction | None = None
    is_false: bool = False


@dataclass(frozen=True, slots=True)
class Discharged:
    """One obligation that the solver answered with unsat, and the conjuncts that it needed as hypotheses."""

    obligation: Obligation
    hypotheses: tuple[Conjunct, ...]


@dataclass(frozen=True, slots=True)
class Proof:
    """A certificate with its obligations; `prepared` is the system that they are about."""

    certificate: Certificate
    discharged: tuple[Discharged, ...]
    prepared: Prepared


@dataclass(slots=True)
class Prover:
    """Proofs about one system; what one claim's proof has discharged, the next one's need not do again."""

    system: System
    effort: int = EFFORT
    _prepared: Prepared = field(init=False)
    _cores: Cores = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        self._prepared = Prepared(self.system)

    def prove(self, claim: Property, budget: Budget) -> Certificate | Refusal:
        """A certificate only if every obligation of every conjunct in it was answered with unsat."""
        found = self.proof(claim, budget)
        return found.certificate if isinstance(found, Proof) else found

    def proof(self, claim: Property, budget: Budget) -> Proof | Refusal:
        """As `prove`, with the obligations."""
        if claim.claim not in CLAIMS:
            return Refusal(claim.name, f"a claim of the kind {claim.claim} has no inductive proof here")
        missing = missing_lemmas(self.system, claim)
        if missing:
            return Refusal(claim.name, f"{', '.join(missing)}: no invariant of that name", conjunct=missing[0])
        goal, lemmas = self._prepared.claim(claim), self._prepared.lemmas(claim)
        conjuncts = (goal, *lemmas, *self._prepared.candidates)
        clock = Clock.lasting(budget.seconds)
        induction = Induction(self._prepared, conjuncts, self._cores, clock, self.effort)
        failure = induction.settle(lemmas)
        if failure is None:
            induction.try_implied(goal)
            failure = induction.settle((goal, *lemmas))
        if failure is not None:
            return self._refusal(claim, failure, clock)
        return self._proof(induction, goal)

    def _proof(self, induction: Induction, goal: Conjunct) -> Proof:
        """Only what the claim needs; the other lemmas have been checked too, and are left out."""
        needed = {conjunct.name: conjunct for conjunct in induction.needed((goal,))}
        discharged = tuple(
            Discharged(duty, tuple(needed[name] for name in needed if name in self._cores[duty.key]))
            for conjunct in needed.values()
            for duty in induction.duties(conjunct)
        )
        certificate = Certificate(tuple(needed), len(discharged), induction.solver, limits(self.system))
        return Proof(certificate, discharged, self._prepared)

    def _refusal(self, claim: Property, failure: Failure, clock: Clock) -> Refusal:
        obligation, conjunct = failure.obligation, failure.conjunct
        what = "the property" if conjunct.origin == "claim" else f"the lemma {conjunct.name}"
        action = self.system.action.get(obligation.key.action)
        if failure.why == "time":
            reason = f"the time limit was met at the obligation: {obligation.key}"
            return Refusal(claim.name, reason, "give it more time", conjunct.name, obligation.key.action)
        if action is None and failure.why == "false":
            hint = "correct it or take it out" if conjunct.origin == "lemma" else ""
            return Refusal(
                claim.name, f"{what} is false: it does not hold initially", hint, conjunct.name, is_false=True
            )
        found = search(self._prepared, failure, clock)
        if found is None and failure.why == "unknown":
            reason = f"the solver does not know about the obligation: {obligation.key}"
            return Refusal(claim.name, reason, "", conjunct.name, obligation.key.action)
        alone = not any(hypothesis.origin == "lemma" for hypothesis in failure.hypotheses)
        by_itself = " by itself; add invariants" if alone else ""
        reason = f"{what} is not inductive{by_itself}"
        return Refusal(claim.name, reason, _explained(action, found), conjunct.name, obligation.key.action, found)


def prove(system: System, claim: Property, budget: Budget) -> Certificate | Refusal:
    """Prove one claim; for several of one system make a `Prover`."""
    return Prover(system).prove(claim, budget)


def _explained(action: Action | None, found: CounterexampleToInduction | None) -> str:
    """The step that a lemma has to rule out, as an author would want to see it."""
    if action is None:
        return ""
    step = found.call() if found else action.name
    lines = [f"this step may break it: {step}" + (f" ({events})" if (events := described(action)) else "")]
    if found is None:
        lines.append("(no counterexample with up to 3 elements of each sort)")
    else:
        lines.extend(f"  {line}" for line in found.lines())
        where = f"a state ({found.layout.scope}) that no lemma excludes"
        lines.append(f"not a bug: {where}; if no run gets there, say so by an invariant")
    return "\n".join(lines)
