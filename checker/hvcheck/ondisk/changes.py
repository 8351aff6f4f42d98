"""Changes that were not reported (P3): what a backup that copies the reported blocks would come to."""

from __future__ import annotations

from collections.abc import Iterator
from types import MappingProxyType

from hvmodel.concrete import Place
from hvmodel.semantics import Bindings, bind, evaluate
from hvmodel.state import State, values
from hvmodel.system import Property
from hvmodel.types import Value

from .failing import failing
from .images import Content, block_variable, differing, disk_reads, place_of, shown_by, write_expected
from .play import Play
from .shown import Shown, compare_commands


def unreported(play: Play, claim: Property) -> Iterator[Shown]:
    """For each disk with an unreported change: the last backup's content with the reported blocks put in."""
    layout, state = play.layout, play.state
    done: set[Place] = set()
    for part, bindings, wanted in failing(claim.expression, layout, state, MappingProxyType({})):
        place = _disk(play, claim, bindings)
        block = block_variable(part, layout)
        if not wanted or block is None or place is None or place in done:
            continue
        done.add(place)
        reported = tuple(
            bool(evaluate(part, layout, state, {**bindings, block.name: b})) for b in values(block.type, layout.scope)
        )
        yield from _stale(play, claim, place, reported)


def _disk(play: Play, claim: Property, bindings: Bindings) -> Place | None:
    """The disk whose changes the property is about."""
    for disk, read in disk_reads(claim.expression, play.layout):
        try:
            return place_of(disk, read, play.layout, play.state, bindings)
        except KeyError:
            continue
    return None


def _stale(play: Play, claim: Property, place: Place, reported: tuple[bool, ...]) -> Iterator[Shown]:
    starts, converted = _checkpoints(play, place), _converted(play, place)
    points = [start for start in starts if start <= converted]
    if not points:
        return
    before, after = (tuple(_contents(play, play.trace.states[at], place)) for at in (points[-1], starts[-1]))
    for old, new in zip(before, after, strict=True):
        stored = tuple(b if told else a for a, b, told in zip(old, new, reported, strict=True))
        image = shown_by(play, place, new, frozenset({"base", "recovery"}))
        if image is None or not differing(new, stored):
            continue
        raw = write_expected(play.folder, f"{claim.name}-{image.file.split('/')[0]}-as-reported", image, new, stored)
        blocks = ", ".join(map(str, differing(new, stored)))
        text = (
            f"{raw} is the content at the last reference point with the reported blocks copied from {image.file};"
            f" block {blocks} was changed and not reported"
        )
        yield Shown(text, image.file, raw, compare_commands(image.file, raw))
        return


def _checkpoints(play: Play, place: Place) -> list[int]:
    """The states in which a checkpoint of the disk has just been made."""
    running = [_field(play, state, place, "running") for state in play.trace.states]
    return [i for i in range(1, len(running)) if running[i] and not running[i - 1]]


def _converted(play: Play, place: Place) -> int:
    """The last step that made a reference point of a checkpoint of the disk; 0 if none did."""
    found = 0
    for number, (step, state) in enumerate(zip(play.trace.steps, play.trace.states, strict=False), 1):
        action = play.layout.system.action[step.action]
        bindings = bind(action, step.arguments)
        for call in action.calls:
            if (call.disk, call.operation, call.binders) == (place[0], "convert", ()):
                indices = tuple(evaluate(index, play.layout, state, bindings) for index in call.indices)
                found = number if indices == place[1] else found
    return found


def _contents(play: Play, state: State, place: Place) -> Iterator[Content]:
    """The base as the checkpoint left it, and as its readers mend it."""
    count = play.concrete.disks[place][1].block_count
    base = tuple(_field(play, state, place, "base", block) for block in range(count))
    yield base
    mended = (_field(play, state, place, "recovery", block) for block in range(count))
    yield tuple(below if above is None else above for below, above in zip(base, mended, strict=True))


def _field(play: Play, state: State, place: Place, name: str, *block: int) -> Value:
    disk = next(disk for disk in play.layout.system.disks if disk.name == place[0])
    return state.read(play.layout, dict(disk.fields)[name], *place[1], *block)
