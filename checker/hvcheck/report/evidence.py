"""The evidence of a verdict in a few words."""

from __future__ import annotations

import re
from collections.abc import Sequence

from hvcheck.verdict import (
    Bounded,
    Coverage,
    Failed,
    Holds,
    Proved,
    Reached,
    Undetermined,
    Unreachable,
    Verdict,
    Violated,
)

_MOST_NAMES = 6
_VARIANT = re.compile(r"(#\d+)?( ~\d+)?$")


def evidence(verdict: Verdict) -> str:
    """What the verdict stands on: states searched, size of the proof, length of the run, or why there is none."""
    match verdict:
        case Proved(certificate=proof):
            parts = f"{plural(len(proof.conjuncts), 'conjunct')}, {plural(proof.obligations, 'obligation')}"
            limits = f"; {', '.join(proof.limits)}" if proof.limits else ""
            return f"every size: {parts}, {proof.solver}{limits}{_rival(verdict.rival)}"
        case Holds(coverage=coverage):
            return coverage_words(coverage) + _rival(verdict.rival)
        case Unreachable(coverage=coverage):
            return coverage_words(coverage)
        case Violated(run=run) | Reached(run=run):
            loop = ", then for ever" if run.trace.loop is not None else ""
            return f"a run of {plural(len(run.trace.steps), 'step')}{loop}"
        case Bounded(depth=depth):
            return f"nothing up to depth {depth}: {verdict.reason}"
        case Undetermined(reason=reason) | Failed(reason=reason):
            return reason


def coverage_words(coverage: Coverage) -> str:
    """Counts of a reduced search are marked: they are not those of the whole system."""
    reduced = f" (reduced: {', '.join(coverage.reductions)})" if coverage.reductions else ""
    return f"{plural(coverage.states, 'state')}, depth {coverage.depth}{reduced}"


def limit_words(budgets: tuple[tuple[str, int], ...]) -> str:
    """What may happen how often: `at most writes 1; no GuestCrash`."""
    some = [f"{name} {limit}" for name, limit in budgets if limit]
    none = [name for name, limit in budgets if not limit]
    parts = (f"at most {', '.join(some)}" if some else "", f"no {', '.join(none)}" if none else "")
    return "; ".join(filter(None, parts))


def some_names(actions: Sequence[str]) -> str:
    """How many actions, and the first few of them without the numbers that tell their variants apart."""
    names = tuple(dict.fromkeys(_VARIANT.sub("", action) for action in actions))
    shown, more = names[:_MOST_NAMES], len(names) - _MOST_NAMES
    return f"{plural(len(actions), 'step')}: {', '.join(shown)}" + (
        f" and {more} more (see --json)" if more > 0 else ""
    )


def plural(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'s' * (number != 1)}"


def seconds_words(seconds: float) -> str:
    return f"{seconds:.1f} s" if seconds < 100 else f"{seconds:,.0f} s"


def _rival(rival: str) -> str:
    return f"; violated in {rival}" if rival else ""
