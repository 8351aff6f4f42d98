"""Values that nobody reads any more: states that differ in them alone are one.

What is dead (see `liveness`) no claim, guard or write sees before it is written again. So a state can do just what it
can do with its dead cells set back to their first values, and after the same step both are alike again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from math import prod

from hvmodel.state import Layout, values
from hvmodel.system import Property, System
from hvmodel.types import Value

from ..explicit.codes import Codec
from ..explicit.likeness import Reset
from .control import Control
from .liveness import Facts, Needed, needed

MOST_RESETS = 512
"""Sets of cells that are told apart. Functions beyond that are left as they are: setting back less is sound, too."""

MOST_READERS = 1 << 12
"""The most thread instances that are asked where they are for one function; one that asks more is left as it is."""

_Unless = tuple[tuple[int, frozenset[int]], ...]


def dead(system: System, claims: Sequence[Property]) -> tuple[Needed, ...]:
    """The functions with cells that are not always needed, and where they are; their order is the system's."""
    facts = Facts(Control(system))
    return tuple(one for function in system.functions if (one := needed(facts, function, claims)) is not None)


def resets(layout: Layout, needs: Sequence[Needed]) -> tuple[Reset, ...]:
    """What engines need to know of dead cells: what sets them back, and where a thread keeps them from it.

    Cells that the same threads keep are together. A function is there with all its cells or with none, so that a state
    and its images under an exchange of elements are set back alike.
    """
    found: dict[_Unless, list[tuple[int, int]]] = {}
    for one in needs:
        if _readers(layout, one) > MOST_READERS:
            continue
        cells = _cells(layout, one)
        if len(found.keys() | cells.keys()) <= MOST_RESETS:
            for unless, some in cells.items():
                found.setdefault(unless, []).extend(some)
    return tuple(Reset(tuple(cells), unless) for unless, cells in found.items())


def _readers(layout: Layout, one: Needed) -> int:
    """How many thread instances may read a cell."""
    return sum(prod(map(len, _choices(layout, one, name, {}))) for name, live in one.live.items() if live)


def _cells(layout: Layout, one: Needed) -> dict[_Unless, list[tuple[int, int]]]:
    """The cells of a function with their first codes, by what keeps them."""
    code = Codec(layout).code(one.function.initial.value, one.function.range)
    found: dict[_Unless, list[tuple[int, int]]] = {}
    known: dict[tuple[Value, ...], _Unless] = {}
    told = sorted({place for own in one.own.values() for place in own})
    for arguments in layout.domain(one.function):
        key = tuple(arguments[place] for place in told)
        if key not in known:
            known[key] = tuple(_keeping(layout, one, arguments))
        found.setdefault(known[key], []).append((layout.index[one.function.name, arguments], code))
    return found


def _keeping(layout: Layout, one: Needed, arguments: tuple[Value, ...]) -> Iterator[tuple[int, frozenset[int]]]:
    """The program counters of the thread instances that may read a cell, and at which locations they may."""
    for name, live in one.live.items():
        control = layout.system.function[layout.system.thread[name].control]
        codes = frozenset(map(values(control.range, layout.scope).index, live))
        fixed = {which: arguments[place] for place, which in one.own[name].items()}
        if any(fixed[which] != arguments[place] for place, which in one.own[name].items()):
            continue  # read with the same parameter twice, so a cell with two values there is never read
        for instance in product(*_choices(layout, one, name, fixed)) if codes else ():
            yield layout.index[control.name, instance], codes


def _choices(layout: Layout, one: Needed, name: str, fixed: Mapping[int, Value]) -> list[tuple[Value, ...]]:
    """For each parameter of a thread its values, or the one that is fixed."""
    own = set(one.own[name].values())
    parameters = enumerate(layout.system.thread[name].parameters)
    return [
        (fixed.get(number),) if number in own else values(parameter.type, layout.scope)
        for number, parameter in parameters
    ]
