"""Whether a scenario's settings are what breaks a property: read off the results, nothing is run for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from hvcheck.verdict import Holds, Proved, Reached, Unreachable, Violated
from hvspec.spec import Scenario, Spec

from .judge import Cell


def with_restored(spec: Spec, cells: Sequence[Cell]) -> list[Cell]:
    """The cells; those that a scenario's settings break say in which scenario without settings the property holds."""
    settings = {one.name: one for one in spec.scenarios}
    plain = [cell for cell in cells if cell.scenario in settings and not settings[cell.scenario].settings]
    return [replace(cell, restored=_restored(cell, settings.get(cell.scenario), plain)) for cell in cells]


def _restored(cell: Cell, scenario: Scenario | None, plain: Sequence[Cell]) -> str:
    if scenario is None or not scenario.settings or not isinstance(cell.verdict, Violated | Unreachable):
        return ""
    same = [other for other in plain if other.claim.name == cell.claim.name]
    beside = [other for other in same if other.scope == cell.scope] or same
    if not beside or not all(isinstance(other.verdict, Holds | Proved | Reached) for other in beside):
        return ""
    word = "reached" if isinstance(beside[0].verdict, Reached) else "holds"
    return f"{word} in {', '.join(dict.fromkeys(other.scenario for other in beside))}"
