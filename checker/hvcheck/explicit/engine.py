"""The explicit engine: one exploration decides all properties of a system in a scope."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from hvmodel.dataclass import dataclass
from hvmodel.expression import TRUE, Expression, negation, reads, show
from hvmodel.system import Claim, Property, Scope, System
from hvmodel.wording import described

from ..engine import Budget, EngineEvent, Progress
from ..verdict import (
    Confirmed,
    Coverage,
    EvidenceError,
    Failed,
    Holds,
    Reached,
    Undetermined,
    Unreachable,
    Verdict,
    Violated,
)
from .codegen import OutsideError
from .codes import UnfitError, fit
from .exploration import Ending, Exploration, Goals
from .explore import exploration
from .judge import breaks, shows
from .leads_to import LeadsTo
from .likeness import EXACT, Likeness
from .meter import BudgetError, Meter

if TYPE_CHECKING:
    from .compiled.instance import Modules

STATE_CLAIMS: frozenset[Claim] = frozenset({"always", "at most", "invariant"})
CLAIMS: frozenset[Claim] = STATE_CLAIMS | {"leads to", "never", "cover", "obligations", "deadlock"}


@dataclass(frozen=True, slots=True)
class ExplicitEngine:
    """Breadth-first over every state of a scope; counterexamples and witnesses are shortest runs.

    Searches run at native speed, unless `reference` asks for the plain ones that those are tested against. With a
    `likeness` they find one of each set of like states. If elements are exchanged, `leads to` is not decided: who moves
    is then lost, and with it fairness. `modules` has machine code that was compiled earlier.
    """

    unroll: int = 64
    reference: bool = False
    likeness: Likeness = EXACT
    modules: Modules | None = None

    @property
    def name(self) -> str:
        return "reference" if self.reference else "explicit"

    def supports(self, claim: Property) -> bool:
        return claim.claim in CLAIMS and not (self.likeness.images and claim.claim == "leads to")

    def run(
        self, system: System, properties: Sequence[Property], scope: Scope, budget: Budget
    ) -> Iterator[EngineEvent]:
        """Progress now and then, and exactly one verdict for every property, each as soon as it is known."""
        meter = Meter(budget)
        yield from (self._refused(claim) for claim in properties if not self.supports(claim))
        properties = [claim for claim in properties if self.supports(claim)]
        decided: set[str] = set()
        try:
            layout = fit(system, scope)
            # Which run breaks `leads to` should not depend on how many states there are.
            trial = all(claim.claim != "leads to" for claim in properties)
            goals, modules = _goals(properties), self.modules
            search = exploration(layout, goals, meter, self.unroll, self.reference, self.likeness, trial, modules)
            for event in _Judging(search, properties).run():
                decided |= set() if isinstance(event, Progress) else {event.property}
                yield event
        except (UnfitError, OutsideError, EvidenceError) as error:
            outcome = [Failed(claim.name, str(error), meter.seconds) for claim in properties]
        except RecursionError:
            reason = "an expression of the spec is nested too deeply"
            outcome = [Failed(claim.name, reason, meter.seconds) for claim in properties]
        except MemoryError:
            yield from (_out_of_memory(claim, meter) for claim in properties if claim.name not in decided)
            return
        else:
            return
        yield from (failed for failed in outcome if failed.property not in decided)

    def _refused(self, claim: Property) -> Undetermined:
        why = " among states taken for alike" if self.likeness.images else ""
        return Undetermined(claim.name, f"the {self.name} engine does not decide `{claim.claim}` properties{why}")


def _out_of_memory(claim: Property, meter: Meter) -> Undetermined:
    return Undetermined(claim.name, "the process ran out of memory", _SMALLER, seconds=meter.seconds)


_SMALLER = "raise that budget, or choose a smaller scope"


def _goals(properties: Sequence[Property]) -> Goals:
    """What one search has to look for to decide all properties."""
    states = [goal for claim in properties for goal in (violation(claim), *witnesses(claim)) if goal is not None]
    forbidden = frozenset[str]().union(*(claim.forbidden for claim in properties if claim.claim == "never"))
    ended = [claim.expression for claim in properties if claim.claim == "deadlock"]
    return Goals(tuple(dict.fromkeys(states)), forbidden, tuple(dict.fromkeys(ended)))


def violation(claim: Property) -> Expression | None:
    """The states that decide a claim by themselves."""
    if claim.claim in STATE_CLAIMS:
        return negation(claim.expression)
    return claim.expression if claim.claim == "cover" else None


def witnesses(claim: Property) -> tuple[Expression, ...]:
    """What must all be reached before a claim may be said to hold; the run to the last of them is its witness."""
    if claim.claim == "cover":
        return ()
    trigger = claim.trigger if claim.claim == "leads to" else None
    return tuple(goal for goal in (trigger, claim.witness) if goal is not None)


def empty(claim: Property, system: System) -> str:
    """Why nothing in any run could break a claim, or nothing."""
    if claim.claim in STATE_CLAIMS and not reads(claim.expression):
        return "the property reads nothing of the state, so nothing could break it"
    if claim.claim in ("leads to", "deadlock") and claim.expression == TRUE:
        return "the property asks for what is always so, so nothing could break it"
    if claim.claim == "obligations" and not any(action.obligations for action in system.actions):
        return "no step has an obligation, so nothing could break one"
    return ""


class _Judging:
    """Turns what a search finds into verdicts."""

    def __init__(self, search: Exploration, properties: Sequence[Property]) -> None:
        self.search = search
        self.open = list(properties)
        self.leads_to = LeadsTo(search, [claim for claim in properties if not self._empty(claim)])

    def run(self) -> Iterator[EngineEvent]:
        if not self.open:
            return
        for progress in self.search.run():
            yield progress
            yield from self._settled()
            if not self.open:
                return
        yield from self._settled()
        for claim in self.open:
            yield from self._concluded(claim)

    def _settled(self) -> Iterator[Verdict]:
        """Verdicts that no more searching could change."""
        for claim in list(self.open):
            verdict = self._early(claim)
            if verdict is not None:
                self.open.remove(claim)
                yield verdict

    def _early(self, claim: Property) -> Verdict | None:
        ending = self._ending(claim)
        if ending is None:
            return None
        run = self.search.confirmed(ending)
        seconds = self.search.meter.seconds
        if claim.claim == "cover":
            return Reached(claim.name, self._shown(run, claim.expression), seconds)
        return self._violated(claim, run, ending)

    def _ending(self, claim: Property) -> Ending | None:
        """The run found that decides a claim."""
        found = self.search.found
        match claim.claim:
            case "never":
                taken = [found.actions[name] for name in sorted(claim.forbidden) if name in found.actions]
                return min(taken, key=lambda ending: ending.state, default=None)
            case "obligations":
                return found.breach
            case "deadlock":
                return found.stuck.get(claim.expression)
            case _:
                goal = violation(claim)
                return None if goal is None else found.states.get(goal)

    def _violated(self, claim: Property, run: Confirmed, ending: Ending | None = None) -> Violated:
        if not breaks(claim, run):
            raise EvidenceError(f"{claim.name}: the run found does not break it under the reference semantics")
        breach = ending.obligation if ending is not None and claim.claim == "obligations" else None
        return Violated(claim.name, run, breach, self.search.meter.seconds)

    def _shown(self, run: Confirmed, goal: Expression) -> Confirmed:
        if not shows(run, goal):
            raise EvidenceError(f"{show(goal)}: the run found does not reach it under the reference semantics")
        return run

    def _concluded(self, claim: Property) -> Iterator[EngineEvent]:
        """The verdict on a claim that the search did not decide by itself."""
        if claim.claim == "leads to" and not self._empty(claim):
            try:
                for event in self.leads_to.run(claim):
                    if isinstance(event, Progress):
                        yield event
                    else:
                        yield self._violated(claim, event)
                        return
            except BudgetError as met:
                yield self._stopped(claim, self.search.stopped or str(met))
                return
        yield self._stopped(claim, self.search.stopped) if self.search.stopped else self._complete(claim)

    def _stopped(self, claim: Property, reason: str) -> Undetermined:
        reached = f"{reason} after {self.search.states:,} states, at depth {self.search.depth}"
        return Undetermined(claim.name, reached, _SMALLER, seconds=self.search.meter.seconds)

    def _complete(self, claim: Property) -> Verdict:
        """After a search to the end that found nothing against the claim."""
        coverage, seconds = self._coverage(), self.search.meter.seconds
        breach = self.search.found.breach
        nothing = self._empty(claim)
        if breach is not None and breach.step is not None and breach.obligation is not None:
            step = self.search.labelled.step(breach.step)
            taken = described(self.search.layout.system.action[step.action])
            reason = f"step {taken} breaks an obligation ({breach.obligation.message}); what follows is unknown"
            return Undetermined(claim.name, reason, "mend that step first", seconds=seconds)
        if claim.claim == "cover":
            return Unreachable(claim.name, coverage, seconds)
        if nothing:
            return Undetermined(
                claim.name, nothing, "state it of something that steps change", coverage, seconds=seconds
            )
        goals = witnesses(claim)
        missed = next((goal for goal in goals if goal not in self.search.found.states), None)
        if missed is not None or not goals:
            return Undetermined(claim.name, *_unwitnessed(claim, missed), coverage, seconds=seconds)
        run = self.search.confirmed(self.search.found.states[goals[-1]])
        return Holds(claim.name, coverage, self._shown(run, goals[-1]), seconds=seconds)

    def _empty(self, claim: Property) -> str:
        return empty(claim, self.search.layout.system)

    def _coverage(self) -> Coverage:
        search, system = self.search, self.search.layout.system
        unreached = tuple(name for name, count in search.fired.items() if not count)
        return Coverage(search.layout.scope, system.budgets, search.states, search.transitions, search.depth, unreached)


def _unwitnessed(claim: Property, goal: Expression | None) -> tuple[str, str]:
    """Why an unbroken claim is not said to hold, and what would make it so."""
    if claim.claim == "obligations":
        reason = "no run could have broken it: none takes a step that requires anything of a disk or a number"
        return reason, "enlarge the scope or its budgets, or mend what keeps those steps from being taken"
    if goal is not None:
        reason = f"no run could have broken it: none reaches {show(goal)}"
        return reason, "enlarge the scope or its budgets, or mend what keeps that state from being reached"
    if claim.claim in ("never", "at most"):
        return "nothing shows that it could have failed", "add a scenario or a mutant that violates it"
    return "nothing shows that it could have failed", "add `witness EXPR`: a state in which it was at stake"
