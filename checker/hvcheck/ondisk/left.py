"""What is left behind at the end of a backup, in the listing of the run's folder (P5)."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from types import MappingProxyType

from hvcheck.chart.naming import cell_name
from hvmodel.expression import Expression, Quantifier, Read, children
from hvmodel.semantics import Bindings, evaluate
from hvmodel.state import Layout, State
from hvmodel.stores.storage_class import FlagField
from hvmodel.system import Property
from hvmodel.types import Value

from .failing import failing
from .images import file_of
from .play import Play
from .shown import Shown

LEFT = "left-behind"
"""The folder with a file for everything that is left and is no file of a disk: a freeze, a lock, a storage snapshot."""


def left_behind(play: Play, claim: Property) -> Iterator[Shown]:
    """One listing of all that is left: files of disks where they lie, and a note for whatever else."""
    layout, state = play.layout, play.state
    cells: dict[tuple[str, tuple[Value, ...]], None] = {}
    for part, bindings, wanted in failing(claim.expression, layout, state, MappingProxyType({})):
        if not wanted:
            cells.update((cell, None) for cell in _read(part, layout, state, bindings))
    entries = tuple(dict.fromkeys(_entry(play, *cell) for cell in cells))
    if entries:
        folders = sorted({entry.rpartition("/")[0] for entry in entries})
        text = f"left behind: {', '.join(entries)}"
        yield Shown(text, "", "", (f"ls {' '.join(map(shlex.quote, folders))}",), entries)


def _read(
    part: Expression, layout: Layout, state: State, bindings: Bindings
) -> Iterator[tuple[str, tuple[Value, ...]]]:
    """The cells that a part of the property reads and that are set."""
    if isinstance(part, Read):
        cell = tuple(evaluate(argument, layout, state, bindings) for argument in part.arguments)
        if state.read(layout, part.function, *cell) not in (False, None):
            yield part.function, cell
    elif not isinstance(part, Quantifier):
        for child in children(part):
            yield from _read(child, layout, state, bindings)


def _entry(play: Play, name: str, cell: tuple[Value, ...]) -> str:
    """The file of a disk that a field stands for, else a note that is written for it."""
    for disk in play.layout.system.disks:
        for field, function in disk.fields:
            place = (disk.name, cell[: len(disk.domain)])
            if function == name and place in play.concrete.disks:
                folder, files = play.concrete.disks[place]
                seer = play.concrete.classes[disk.driver].fields.get(field)
                roles = files.driver.roles()
                if isinstance(seer, FlagField) and seer.role in roles:
                    return f"{folder}/{file_of(roles, seer.role)}"
    shown = cell_name(play.layout.system, play.layout.system.function[name], cell)
    folder_ = play.folder / LEFT
    folder_.mkdir(exist_ok=True)
    note = re.sub(r"[^A-Za-z0-9_.-]+", "-", shown).strip("-")
    (folder_ / note).write_text(f"{shown} is still so when the backup has ended.\n", "utf-8")
    return f"{LEFT}/{note}"
