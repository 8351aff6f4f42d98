"""The proof itself: which conjuncts are inductive together, decided backwards from what is to be shown."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import groupby
from time import monotonic
from typing import Literal as OneOf
from typing import TypeAlias

from hvmodel.dataclass import dataclass
from hvmodel.expression import Expression

from .conjunct import Conjunct
from .obligation import Key, Obligation
from .prepared import Prepared
from .terms import Answer, Solver, Term, Terms, identity
from .translate import Translation

EFFORT = 30_000_000
"""z3's `rlimit` for one obligation: about ten seconds."""

Cores: TypeAlias = dict[Key, frozenset[str]]
"""The obligations that the solver has discharged, each with the conjuncts it needed as hypotheses."""


FailureKind: TypeAlias = OneOf["false", "unknown", "time"]


@dataclass(frozen=True, slots=True)
class Clock:
    """The caller's time limit, if any, as a moment of the monotonic clock."""

    end: float | None = None

    @staticmethod
    def lasting(seconds: float | None) -> Clock:
        return Clock(None if seconds is None else monotonic() + seconds)

    def left(self) -> float | None:
        return None if self.end is None else self.end - monotonic()

    def is_over(self) -> bool:
        return self.end is not None and monotonic() >= self.end


@dataclass(frozen=True, slots=True)
class Failure:
    """An obligation that was not discharged, and the conjuncts that were assumed of the state before."""

    why: FailureKind
    obligation: Obligation
    conjunct: Conjunct
    hypotheses: tuple[Conjunct, ...]


class Induction:
    """One attempt: conjuncts that may serve as hypotheses, all of which are assumed only as long as they hold up."""

    def __init__(
        self, prepared: Prepared, conjuncts: Sequence[Conjunct], cores: Cores, clock: Clock, effort: int = EFFORT
    ) -> None:
        self._prepared = prepared
        self._alive = {conjunct.name: conjunct for conjunct in conjuncts}
        self._cores = cores
        self._clock = clock
        self._implied = ""
        self._terms = Terms()
        self._translation = Translation(self._terms, prepared.system)
        self._solver = self._terms.solver(effort)
        self._assumed = self._hypotheses(self._solver)

    def _hypotheses(self, solver: Solver) -> dict[str, Term]:
        for axiom in self._translation.axioms():
            solver.add(axiom)
        assumed: dict[str, Term] = {}
        for name, conjunct in self._alive.items():
            assumed[name] = self._terms.constant(f"assume {name}", self._terms.boolean_sort)
            solver.add(self._terms.implies(assumed[name], self._translation.term(conjunct.expression)))
        return assumed

    @property
    def solver(self) -> str:
        return self._terms.version

    def settle(self, roots: Iterable[Conjunct]) -> Failure | None:
        """Discharge what the roots need, giving up candidates on the way; the first other failure ends it."""
        roots = tuple(roots)
        while todo := self._open(roots):
            for _, group in groupby(todo, key=lambda pair: pair[1].key.action):
                failure = self._discharge(list(group))
                if failure is not None:
                    return failure
        return None

    def try_implied(self, claim: Conjunct) -> None:
        """Perhaps the claim follows from the other conjuncts; then it needs no induction of its own.

        Only one conjunct of a proof may rest on the others like that: two could rest on each other alone.
        """
        self._implied = claim.name
        obligation = self._prepared.implication(claim)
        if not self._is_valid(obligation.key):
            self._check(obligation, without=claim.name)

    def needed(self, roots: Iterable[Conjunct]) -> tuple[Conjunct, ...]:
        """The roots and all that their obligations used, in the order of the conjuncts."""
        found: set[str] = set()
        waiting = [conjunct.name for conjunct in roots]
        while waiting:
            name = waiting.pop()
            if name not in found:
                found.add(name)
                used = (self._cores.get(duty.key, frozenset()) for duty in self.duties(self._alive[name]))
                waiting.extend(sorted(frozenset[str]().union(*used) & self._alive.keys()))
        return tuple(conjunct for name, conjunct in self._alive.items() if name in found)

    def duties(self, conjunct: Conjunct) -> tuple[Obligation, ...]:
        """What has to be discharged for one conjunct."""
        if conjunct.name == self._implied:
            implied = self._prepared.implication(conjunct)
            if self._is_valid(implied.key):
                return (implied,)
        return self._prepared.induction(conjunct)

    def _is_valid(self, key: Key) -> bool:
        return key in self._cores and self._cores[key] <= self._alive.keys()

    def _open(self, roots: tuple[Conjunct, ...]) -> list[tuple[Conjunct, Obligation]]:
        """What is still to be discharged, action by action: guards are then asserted once."""
        found = [
            (conjunct, duty)
            for conjunct in self.needed(roots)
            for duty in self.duties(conjunct)
            if not self._is_valid(duty.key)
        ]
        place = {name: position for position, name in enumerate(self._prepared.actions)}
        return sorted(found, key=lambda pair: place.get(pair[1].key.action, -1))

    def _discharge(self, group: list[tuple[Conjunct, Obligation]]) -> Failure | None:
        """Obligations of one action. Those of a candidate that was given up meanwhile are passed over."""
        with self._asserting(group[0][1].premise, group[0][1]):
            for conjunct, obligation in group:
                if conjunct.name not in self._alive:
                    continue
                if self._clock.is_over():
                    return self._failure("time", conjunct, obligation)
                answer = self._check(obligation)
                if answer == "unsat":
                    continue
                if answer == "unknown" and self._clock.is_over():
                    return self._failure("time", conjunct, obligation)
                if conjunct.origin != "candidate":
                    return self._failure("false" if answer == "sat" else "unknown", conjunct, obligation)
                del self._alive[conjunct.name]
        return None

    def _check(self, obligation: Obligation, without: str = "") -> Answer:
        """Ask the solver, whose premise is asserted; of an unsat answer keep the hypotheses it used."""
        assumed = {name: self._assumed[name] for name in self._alive if name != without}
        hypotheses = assumed if obligation.needs_hypotheses else {}
        answer: Answer = "unknown"
        with self._asserting(obligation.denial, obligation):
            for chosen, quick in _attempts(hypotheses, obligation.key.conjunct):
                answer = self._solver.check(list(chosen.values()), self._clock.left(), quick)
                if answer == "unsat":
                    used = self._solver.core()
                    names = (name for name, term in chosen.items() if identity(term) in used)
                    self._cores[obligation.key] = frozenset(names)
                    break
        return answer

    @contextmanager
    def _asserting(self, expression: Expression, obligation: Obligation) -> Iterator[None]:
        """For a while, an expression over the obligation's variables, which are values of their types."""
        self._solver.push()
        for said in self._translation.variables(obligation.variables)[1]:
            self._solver.add(said)
        self._solver.add(self._translation.term(expression))
        yield
        self._solver.pop()

    def _failure(self, why: FailureKind, conjunct: Conjunct, obligation: Obligation) -> Failure:
        return Failure(why, obligation, conjunct, tuple(self._alive.values()))


def _attempts(hypotheses: Mapping[str, Term], own: str) -> Iterator[tuple[Mapping[str, Term], bool]]:
    """What to assume, and whether quickly: most obligations need only their own conjunct, and no search for a model."""
    if own in hypotheses:
        yield {own: hypotheses[own]}, True
    yield hypotheses, True
    yield hypotheses, False
