"""Advice on what makes a spec's states many."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import log2, prod

from hvmodel.types import Bool, Enum, Int, Option, Sort, Type

from ..diagnostic import Diagnostic
from ..shapes import StateVariable
from .facts import Known

MANY_BITS = 48
"""A variable with so many bits of its own is more than a search can go through, whatever else there is."""


def bits(variable: StateVariable, sizes: Mapping[str, int]) -> float:
    """How many bits a variable's values take in a scope: cells times the bits of one. 0 for a whole disk."""
    if isinstance(variable.holds, str):
        return 0.0
    return prod(_count(index, sizes) for index in variable.domain) * log2(max(1, _count(variable.holds, sizes)))


def _count(type_: Type, sizes: Mapping[str, int]) -> int:
    match type_:
        case Bool():
            return 2
        case Int(low, high):
            return high - low + 1
        case Sort(name):
            return sizes.get(name, 1)
        case Enum(_, values):
            return len(values)
        case Option(of):
            return 1 + _count(of, sizes)


def costly(known: Known, state: Mapping[str, StateVariable]) -> Iterator[Diagnostic]:
    """The variable that alone has too many values to be searched, even in the smallest scope."""
    scopes = [{name.text: size for name, size in scope.settings} for scope in known.program.scopes.values()] or [{}]
    own = [one for one in state.values() if known.own(one.span) and not one.ghost]
    if not own:
        return
    most, cost, sizes = max(
        ((one, bits(one, sizes), sizes) for sizes in scopes[:1] for one in own), key=lambda found: found[1]
    )
    if cost > MANY_BITS:
        indices = " x ".join(f"{index} {_count(index, sizes)}" for index in most.domain)
        shape = f"{indices} cells of {most.holds}" if indices else str(most.holds)
        text = f"`{most.name}` alone has 2^{cost:.0f} values in the first scope: {shape}"
        wanted = "a smaller scope or range, or a ghost if the protocol does not read it"
        yield Diagnostic("HV610", text, most.span, "warning", expected=wanted)
