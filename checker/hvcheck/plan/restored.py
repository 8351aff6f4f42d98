"""Whether a scenario's settings are what breaks a property: read off the results, nothing is run for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from hvcheck.verdict import Holds, Proved, Reached, Unreachable, Violated
from hvspec.spec import Scenario, Spec

from .judge import Cell


def with_restored(spec: Spec, cells: Sequence[Cell]) -> list[Cell]:
    """The cells; those that a scenario's settings break say in which scenario with fewer of them the property holds.

    A scenario without settings decides; if there is nothing to judge, those with a part of the settings do.
    """
    settings = {one.name: one for one in spec.scenarios}
    known = [cell for cell in cells if cell.scenario in settings]
    return [replace(cell, restored=_restored(cell, settings, known)) for cell in cells]


def _restored(cell: Cell, settings: Mapping[str, Scenario], known: Sequence[Cell]) -> str:
    here = settings[cell.scenario].settings if cell.scenario in settings else {}
    if not here or not isinstance(cell.verdict, Violated | Unreachable):
        return ""
    same = [other for other in known if other.claim.name == cell.claim.name]
    plain = [other for other in same if not settings[other.scenario].settings]
    part = [
        other
        for other in same
        if 0 < len(own := settings[other.scenario].settings) < len(here) and own.items() <= here.items()
    ]
    return _where(cell, plain) or (_where(cell, part) if all(map(_is_moot, plain)) else "")


def _is_moot(cell: Cell) -> bool:
    return cell.expectation.verdict == "moot" and not isinstance(cell.verdict, Violated | Unreachable)


def _where(cell: Cell, others: Sequence[Cell]) -> str:
    beside = [other for other in others if other.scope == cell.scope] or others
    if not beside or not all(isinstance(other.verdict, Holds | Proved | Reached) for other in beside):
        return ""
    word = "reached" if isinstance(beside[0].verdict, Reached) else "holds"
    return f"{word} in {', '.join(dict.fromkeys(other.scenario for other in beside))}"
