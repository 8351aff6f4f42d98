"""Why a property is violated: one headline, the failing clause with its values, and what the spec says of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from hvcheck.chart.naming import function_name, plain_location, value_name
from hvcheck.chart.readable import readable
from hvcheck.chart.run import step_label
from hvcheck.verdict import Violated
from hvmodel.dataclass import dataclass
from hvmodel.semantics import bind, holds
from hvmodel.state import Layout, State, values
from hvmodel.system import IDLE, Claim, Obligation, Property
from hvmodel.trace import Trace

from .cause import Cause, Fact, find_cause


@dataclass(frozen=True, slots=True)
class Explanation:
    """`step` is the step of the run (from 1; 0: its start) that matters most; `causes` say what was read, and when.

    Each cause comes with its moment ("" where the headline has said it).
    """

    headline: str
    step: int
    causes: tuple[tuple[str, Cause], ...] = ()


def explain(verdict: Violated, claim: Property) -> Explanation:
    """Why the verdict's run breaks the claim. A run that does not is a defect, and the headline says so."""
    layout, trace = verdict.run.layout, verdict.run.trace
    if verdict.breach is not None:
        return _breach(layout, trace, verdict.breach)
    return _BY_CLAIM[claim.claim](layout, trace, claim)


def _always(layout: Layout, trace: Trace, claim: Property) -> Explanation:
    for step, state in enumerate(trace.states):
        if not holds(claim.expression, layout, state):
            cause = find_cause(claim.expression, layout, trace.states[: step + 1])
            return Explanation(f"{_when(step)} this does not hold", step, (("", cause),))
    return _unexplained(trace)


def _leads_to(layout: Layout, trace: Trace, claim: Property) -> Explanation:
    """The earliest moment of the trigger after which what it asks for never comes."""
    assert claim.trigger is not None
    since = len(trace.states)
    while since and not holds(claim.expression, layout, trace.states[since - 1]):
        since -= 1
    asked = [i for i in range(since, len(trace.states)) if holds(claim.trigger, layout, trace.states[i])]
    if not asked:
        return _unexplained(trace)
    step = asked[0]
    trigger = find_cause(claim.trigger, layout, trace.states[: step + 1], wanted=False)
    missing = find_cause(claim.expression, layout, trace.states)
    headline = f"{_when(step)} it is due that {readable(layout.system, claim.expression)}, and that never comes"
    if trigger == missing:
        return Explanation(headline, step, (("", missing),))
    end = "in every state from there on, as in the last:" if trace.loop is not None else "at the end:"
    return Explanation(headline, step, ((f"{_when(step)}:", trigger), (end, missing)))


def _never(layout: Layout, trace: Trace, claim: Property) -> Explanation:
    for i, step in enumerate(trace.steps):
        if step.action in claim.forbidden:
            what = f" ({claim.about})" if claim.about else ""
            label = step_label(layout, step, trace.states[i])
            return Explanation(f"step {i + 1} must never be taken{what}: {label}", i + 1)
    return _unexplained(trace)


def _at_most(layout: Layout, trace: Trace, claim: Property) -> Explanation:
    for i, step in enumerate(trace.steps):
        if not holds(claim.expression, layout, trace.states[i + 1]):
            what = claim.about or step_label(layout, step, trace.states[i])
            cause = find_cause(claim.expression, layout, trace.states[: i + 2])
            return Explanation(f"step {i + 1} is one {what} too many", i + 1, (("", cause),))
    return _unexplained(trace)


def _deadlock(layout: Layout, trace: Trace, _claim: Property) -> Explanation:
    step = len(trace.steps)
    resting = _resting(layout, trace.last)
    cause = Cause("some protocol step can still be taken", False, (), resting)
    return Explanation(f"{_when(step)} no protocol can ever go on, and not all have ended", step, (("", cause),))


def _resting(layout: Layout, state: State) -> tuple[Fact, ...]:
    """Where each thread waits that has not ended."""
    facts: list[Fact] = []
    for function in layout.system.functions:
        for arguments in layout.domain(function) if function.role == "control" else ():
            location = state.read(layout, function.name, *arguments)
            if location != IDLE:
                names = [value_name(layout.system, v, t) for v, t in zip(arguments, function.domain, strict=True)]
                facts.append(Fact(function_name(function, tuple(names)), plain_location(str(location))))
    return tuple(facts)


def _breach(layout: Layout, trace: Trace, breach: Obligation) -> Explanation:
    step = len(trace.steps)
    taken, before = trace.steps[-1], trace.states[-2]
    headline = f"step {step} ({step_label(layout, taken, before)}) breaks what it requires: {breach.message}"
    bound = bind(layout.system.action[taken.action], taken.arguments)
    choices: list[dict[str, bool | int | str | None]] = [bound]
    for binder in breach.binders:
        choices = [{**one, binder.name: value} for one in choices for value in values(binder.type, layout.scope)]
    for chosen in choices:
        if holds(breach.where, layout, before, chosen) and not holds(breach.expression, layout, before, chosen):
            return Explanation(
                headline, step - 1, (("", find_cause(breach.expression, layout, trace.states[:-1], chosen)),)
            )
    return Explanation(headline, step - 1)


def _unexplained(trace: Trace) -> Explanation:
    return Explanation(
        "the run given does not break this property: please report a defect of hvcheck", len(trace.steps)
    )


def _when(step: int) -> str:
    return f"after step {step}" if step else "at the start"


_BY_CLAIM: Mapping[Claim, Callable[[Layout, Trace, Property], Explanation]] = MappingProxyType(
    {
        "always": _always,
        "invariant": _always,
        "leads to": _leads_to,
        "never": _never,
        "at most": _at_most,
        "deadlock": _deadlock,
        "cover": lambda _layout, trace, _claim: _unexplained(trace),
        "obligations": lambda _layout, trace, _claim: _unexplained(trace),
    }
)


def explanation_lines(explanation: Explanation) -> list[str]:
    """The explanation as plain lines, most important first."""
    lines = [explanation.headline]
    for moment, cause in explanation.causes:
        value = "true" if cause.holds else "false"
        lines += [f"  {moment}"] if moment else []
        lines.append(f"  {cause.clause}  is {value}")
        if cause.given:
            lines.append(f"    given {' and '.join(cause.given)}")
        known = {f"{cause.clause} = {value}", *(f"{given} = true" for given in cause.given)}
        lines += [f"    {fact}" for fact in cause.facts if str(fact) not in known]
    return lines
