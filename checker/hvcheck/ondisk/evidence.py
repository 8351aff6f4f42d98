"""What the files of a run show of a violated property, and the commands of other makers' tools that show it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Literal as OneOf
from typing import TypeAlias

from hvcheck.report.cause import find_cause
from hvmodel.concrete import Place
from hvmodel.dataclass import dataclass
from hvmodel.expression import Apply, Expression
from hvmodel.semantics import Bindings, holds
from hvmodel.state import State
from hvmodel.system import Property

from .changes import unreported
from .failing import failing
from .images import (
    Content,
    Image,
    block_variable,
    content_of,
    differing,
    disk_reads,
    is_equality,
    place_of,
    restore,
    shown_by,
    write_expected,
)
from .instants import torn
from .left import left_behind
from .play import Play
from .shown import Shown, compare_commands

Kind: TypeAlias = OneOf["content", "listing", "nothing"]


@dataclass(frozen=True, slots=True)
class Evidence:
    """`shows`: that two images differ in content, that files are there which should not be, or nothing.

    `clause` is the part of the property that fails. `shown` has the commands, to be run in the run's folder.
    """

    shows: Kind
    clause: str
    shown: tuple[Shown, ...] = ()

    @property
    def commands(self) -> tuple[str, ...]:
        return tuple(command for one in self.shown for command in one.commands)


def evidence_of(play: Play, claim: Property, id_: str = "") -> Evidence | None:
    """What the files show at the end of a run that breaks the claim; None if its last state does not break it.

    `id_` is the property's id in the document (P1 to P19), "" for a user's own.
    """
    state = play.state
    if claim.claim not in ("always", "at most", "invariant"):
        return Evidence("nothing", claim.about or claim.title or claim.name)
    if holds(claim.expression, play.layout, state):
        return None
    clause = find_cause(claim.expression, play.layout, play.trace.states).clause
    special = _BY_ID.get(id_)
    shown = tuple(special(play, claim)) if special is not None else ()
    shown = shown or tuple(_contents(play, claim, state))
    if shown:
        return Evidence("content" if special is not left_behind else "listing", clause, shown)
    return Evidence("nothing", clause)


def _contents(play: Play, claim: Property, state: State) -> Iterator[Shown]:
    """For each disk of which the property compares the content: the file that shows it, and what it should hold."""
    done: set[tuple[str, str]] = set()
    for part, bindings, wanted in failing(claim.expression, play.layout, state, MappingProxyType({})):
        block = block_variable(part, play.layout)
        if not (wanted and is_equality(part) and isinstance(part, Apply)) or block is None:
            continue
        shown = _compared(play, claim, part, bindings, state)
        if shown is not None and (shown.image, shown.expected) not in done:
            done.add((shown.image, shown.expected))
            yield shown


def _compared(play: Play, claim: Property, part: Apply, bindings: Bindings, state: State) -> Shown | None:
    block = block_variable(part, play.layout)
    assert block is not None
    sides = sorted(part.arguments, key=lambda side: not any(disk_reads(side, play.layout)))
    found, wanted = (content_of(side, block, play.layout, state, bindings) for side in sides)
    image = _image(play, sides[0], bindings, state, found)
    if image is None or not differing(found, wanted):
        return None
    name = f"{claim.name}-{image.file.split('/')[-2]}"
    raw = write_expected(play.folder, name, image, found, wanted)
    blocks = ", ".join(map(str, differing(found, wanted)))
    text = f"{image.file} is {image.name} as {claim.name} judges it; block {blocks} is not as in {raw}"
    return Shown(text, image.file, raw, compare_commands(image.file, raw))


def _image(play: Play, side: Expression, bindings: Bindings, state: State, content: Content) -> Image | None:
    """The file that shows one side of the comparison; one restored from it where no disk of the run has it."""
    places: dict[Place, set[str]] = {}
    for disk, read in disk_reads(side, play.layout):
        field = next(field for field, name in disk.fields if name == read.function)
        seer = play.concrete.classes[disk.driver].fields.get(field)
        roles = places.setdefault(place_of(disk, read, play.layout, state, bindings), set())
        roles |= {seer.role} if seer is not None else set()
    for place, read_roles in places.items():
        image = shown_by(play, place, content, frozenset(read_roles))
        if image is not None:
            return image
    if places:
        return None
    chosen = tuple(bindings.values())
    likely = [place for place in play.concrete.disks if place[1] == chosen[: len(place[1])]]
    return restore(play, likely[0], content) if likely else None


_BY_ID: Mapping[str, Callable[[Play, Property], Iterator[Shown]]] = MappingProxyType(
    {"P2": torn, "P3": unreported, "P5": left_behind}
)
"""Properties that do not compare contents themselves."""
