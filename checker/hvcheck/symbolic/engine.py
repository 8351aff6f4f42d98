"""The symbolic engine: proofs for every size, given only with a run that shows that the claim could have failed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from time import monotonic
from typing import TypeAlias

from hvmodel.dataclass import dataclass
from hvmodel.expression import negation
from hvmodel.system import Property, Scope, System

from ..engine import Budget, EngineEvent, Progress
from ..verdict import Certificate, Confirmed, Failed, Proved, Undetermined, Verdict
from .counterexample import DisagreementError
from .prove import CLAIMS, Prover, Refusal

Witness: TypeAlias = Callable[[System, Property, Scope, Budget], Confirmed | None]
"""A run of the scope to a state that satisfies the claim's `witness`, if there is one within the budget."""


@dataclass(frozen=True, slots=True)
class SymbolicEngine:
    """Unbounded inductive proof from the spec's lemmas. `witness` is another engine's search."""

    witness: Witness
    name: str = "symbolic"

    def supports(self, claim: Property) -> bool:
        return claim.claim in CLAIMS

    def run(
        self, system: System, properties: Sequence[Property], scope: Scope, budget: Budget
    ) -> Iterator[EngineEvent]:
        """The scope is only where witnesses are looked for; `budget.seconds` is for all properties together."""
        prover = Prover(system)
        begun = monotonic()
        for claim in properties:
            started = monotonic()
            yield Progress(f"proving {claim.name}", seconds=started - begun)
            verdict = self._verdict(prover, claim, scope, _rest(budget, started - begun))
            yield replace(verdict, seconds=monotonic() - started)

    def _verdict(self, prover: Prover, claim: Property, scope: Scope, budget: Budget) -> Verdict:
        try:
            found = prover.prove(claim, budget)
        except DisagreementError as error:
            return Failed(claim.name, str(error))
        if isinstance(found, Refusal):
            return self._refused(prover.system, found, scope, budget)
        return self._witnessed(prover.system, claim, found, scope, budget)

    def _refused(self, system: System, refusal: Refusal, scope: Scope, budget: Budget) -> Verdict:
        """A lemma that a run of the scope breaks is not just too weak: it is false, and said to be."""
        lemma = system.property.get(refusal.conjunct)
        if lemma is not None and lemma.name != refusal.claim and refusal.counterexample is not None:
            broken = replace(lemma, claim="cover", expression=negation(lemma.expression), witness=None)
            broken = replace(broken, witness=broken.expression)
            run = self.witness(system, broken, scope, budget)
            if run is not None:
                length = len(run.trace.steps)
                reason = f"the lemma {lemma.name} is false: a run of {length} steps breaks it"
                return Undetermined(refusal.claim, reason, "correct it or take it out")
        return Undetermined(refusal.claim, refusal.reason, refusal.hint)

    def _witnessed(
        self, system: System, claim: Property, certificate: Certificate, scope: Scope, budget: Budget
    ) -> Verdict:
        run = None if claim.witness is None else self.witness(system, claim, scope, budget)
        if run is not None:
            return Proved(claim.name, certificate, run)
        if claim.witness is None:
            reason = "proved for every size, but nothing shows that it could have failed"
            hint = "add a scenario or mutant that violates it"
        else:
            reason = (
                f"proved for every size, but no run of the scope {scope.name or scope} shows that it could have failed"
            )
            hint = "a larger scope or budget may have a witness"
        return Undetermined(claim.name, reason, hint, certificate=certificate)


def _rest(budget: Budget, used: float) -> Budget:
    return budget if budget.seconds is None else replace(budget, seconds=max(0.0, budget.seconds - used))
