"""An engine on reduced systems: the same verdicts as the engine it stands before, from smaller searches.

What reduces and what brings runs back is imported when it is needed: most systems are decided whole.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence, Set
from dataclasses import field, replace
from time import monotonic
from typing import TYPE_CHECKING, TypeAlias

from hvmodel.dataclass import dataclass
from hvmodel.state import Layout
from hvmodel.system import Property, Scope, System

from ..engine import Budget, Engine, EngineEvent, Progress
from ..explicit.codes import UnfitError, fit
from ..verdict import Coverage, EvidenceError, Failed, Holds, Reached, Undetermined, Unreachable, Verdict, Violated
from .choice import PATIENCE, Reduction
from .part import Part

if TYPE_CHECKING:
    from .group import Group
    from .liveness import Needed

    Fold: TypeAlias = Callable[[Layout, Group | None, Sequence[Needed]], Engine]


@dataclass(frozen=True, slots=True)
class ReducedEngine:
    """Runs `inner` on parts of a system. What a part finds counts only after the full system has re-run it.

    The whole system comes first: what its search has not decided after `patience` states (0: none) is left to parts.
    `fold` gives an engine that searches one of each set of like states. `more` is used besides `wanted` where a budget
    was met, or what an engine can hold.
    """

    inner: Engine
    wanted: Set[Reduction]
    fold: Fold | None = None
    patience: int = PATIENCE
    more: Set[Reduction] = frozenset()

    @property
    def name(self) -> str:
        return self.inner.name

    def supports(self, claim: Property) -> bool:
        return self.inner.supports(claim)

    def run(
        self, system: System, properties: Sequence[Property], scope: Scope, budget: Budget
    ) -> Iterator[EngineEvent]:
        """Progress now and then, and exactly one verdict for every property."""
        try:
            layout = fit(system, scope)
            folded: Set[Reduction] = frozenset() if self.fold is not None else frozenset(("dead", "symmetry"))
            wanted, most = self.wanted - folded, (self.wanted | self.more) - folded
            made = [] if self.patience else _parts(system, properties, scope, wanted)
        except (UnfitError, RecursionError):
            yield from self.inner.run(system, properties, scope, budget)  # which says what is wrong
            return
        run = _Run(self.inner, self.fold, wanted, most, layout, budget)
        if self.patience:
            yield from run.whole(tuple(properties), self.patience)
            made = run.left()
        yield from run.run(made)


@dataclass
class _Run:
    """One run: the parts in turn, then what they left open in smaller parts, then what only a full search decides.

    `longer` are verdicts whose runs were expanded, so that a search without compression may find a shorter one.
    """

    inner: Engine
    fold: Fold | None
    wanted: Set[Reduction]
    most: Set[Reduction]
    layout: Layout
    budget: Budget
    start: float = field(default_factory=monotonic)
    asked: tuple[Property, ...] = ()
    impatient: bool = False
    """Whether a search was given up for no budget of the user's."""
    stopped: dict[str, Undetermined] = field(default_factory=dict)
    unclear: list[Property] = field(default_factory=list)
    longer: list[tuple[Property, Verdict]] = field(default_factory=list)

    def whole(self, claims: tuple[Property, ...], patience: int) -> Iterator[EngineEvent]:
        """The full system first, so that small searches have exact counts; at most so many states."""
        self.asked = claims
        yield from self._part(Part(self.layout.system, claims), patience)

    def left(self) -> list[Part]:
        """What to search for the claims that the full system left open; nothing where that would be the same again."""
        claims = [claim for claim in self.asked if claim.name in self.stopped]
        made = _parts(self.layout.system, claims, self.layout.scope, self.wanted)
        return [part for part in made if part.reductions or self.impatient]

    def run(self, made: Sequence[Part]) -> Iterator[EngineEvent]:
        for part in made:
            yield from self._shown(part)
            for rest in self._smaller(part):
                yield from self._shown(rest)
        if self.unclear:
            for event in self._part(Part(self.layout.system, tuple(self.unclear))):
                yield _contradicted(event) if isinstance(event, Holds) else event
        yield from self.stopped.values()

    def _shown(self, part: Part) -> Iterator[EngineEvent]:
        yield from self._part(part)
        yield from self._shortest()

    def _shortest(self) -> Iterator[EngineEvent]:
        """Where steps were put back into a run, the shortest run, if it can be had within the budget."""
        long, self.longer = self.longer, []
        if not long:
            return
        from .parts import plainer

        claims = [claim for claim, _ in long]
        for event in self._part(plainer(self.layout.system, claims, self.layout.scope, self.wanted)):
            yield event if isinstance(event, Progress | Violated | Reached | Failed) else _different(event)
        yield from (found for claim, found in long if self.stopped.pop(claim.name, None) is not None)

    def _smaller(self, part: Part) -> list[Part]:
        """What to try after a budget was met, or the memory that an engine can use."""
        if not self._left():
            return []
        from .parts import smaller

        left = [claim for claim in part.claims if claim.name in self.stopped]
        return smaller(self.layout.system, part, left, self.layout.scope, self.most)

    def _left(self) -> bool:
        return self.budget.seconds is None or monotonic() - self.start < self.budget.seconds

    def _part(self, part: Part, patience: int = 0) -> Iterator[EngineEvent]:
        """A search of a part; of no more states than `patience`, if that is not 0."""
        begun = monotonic() - self.start
        limits = self.budget
        if limits.seconds is not None:
            if begun >= limits.seconds:
                met = f"the budget of {limits.seconds:g} seconds was met before its search began"
                for claim in part.claims:
                    self.stopped.setdefault(claim.name, Undetermined(claim.name, met, "raise that budget"))
                return
            limits = replace(limits, seconds=limits.seconds - begun)
        if patience and (limits.states is None or patience < limits.states):
            self.impatient = True
            limits = replace(limits, states=patience)
        claims = {claim.name: claim for claim in part.claims}
        engine = self.inner
        if self.fold is not None and (part.group is not None or part.needs):
            engine = self.fold(Layout(part.system, self.layout.scope), part.group, part.needs)
        for event in engine.run(part.system, part.claims, self.layout.scope, limits):
            if isinstance(event, Progress):
                yield replace(event, seconds=begun + event.seconds)
            else:
                yield from self._judged(replace(event, seconds=begun + event.seconds), claims[event.property], part)

    def _judged(self, verdict: Verdict, claim: Property, part: Part) -> Iterator[Verdict]:
        """The verdict on the full system; one that is still open is kept for later."""
        self.stopped.pop(claim.name, None)
        given, lifted = verdict, self._lifted(verdict, claim, part) if part.reductions else verdict
        if lifted is None:
            self.unclear.append(claim)
            return
        verdict = lifted
        if isinstance(verdict, Undetermined) and verdict.coverage is None:
            self.stopped[claim.name] = verdict
        elif part.merged and isinstance(verdict, Violated | Reached) and _lengthened(given, verdict):
            self.longer.append((claim, verdict))
        else:
            yield verdict

    def _lifted(self, verdict: Verdict, claim: Property, part: Part) -> Verdict | None:
        """What a verdict on a reduced system says of the full one; None if that is open."""
        from .lift import OpenError, lifted

        try:
            return self._marked(lifted(verdict, claim, self.layout, part.merged), part)
        except OpenError:
            return None
        except EvidenceError as error:
            return Failed(claim.name, f"a reduction is at fault: {error}", verdict.seconds)

    def _marked(self, verdict: Verdict, part: Part) -> Verdict:
        """The verdict whose coverage says what was reduced."""
        match verdict:
            case Holds(coverage=coverage) | Unreachable(coverage=coverage):
                return replace(verdict, coverage=_reduced(coverage, part))
            case Undetermined(coverage=searched) if searched is not None:
                return replace(verdict, coverage=_reduced(searched, part))
        return verdict


def _parts(system: System, claims: Sequence[Property], scope: Scope, wanted: Set[Reduction]) -> list[Part]:
    if not claims:
        return []
    from .parts import parts

    return parts(system, claims, scope, wanted)


def _contradicted(verdict: Holds) -> Failed:
    why = "a reduction is at fault: the reduced system breaks the property for ever, and the full one never does"
    return Failed(verdict.property, why, verdict.seconds)


def _different(verdict: Verdict) -> Failed:
    why = f"a reduction is at fault: a compressed search found a run, and one without compression {verdict.word}"
    return Failed(verdict.property, why, verdict.seconds)


def _lengthened(before: Verdict, after: Verdict) -> bool:
    """Whether steps were put back into a run that ends. Those without any are shortest: no run is shorter in full."""
    match before, after:
        case ((Violated(run=found) | Reached(run=found)), (Violated(run=full) | Reached(run=full))):
            return found.trace.loop is None and len(found.trace.steps) < len(full.trace.steps)
    return False


def _reduced(coverage: Coverage, part: Part) -> Coverage:
    used = tuple(dict.fromkeys((*coverage.reductions, *part.reductions)))
    return replace(coverage, reductions=used, left_out=part.left_out)
