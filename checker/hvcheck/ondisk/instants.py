"""A machine's disks that were captured at different moments (P2): each image with the moments it was live at."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from hvmodel.concrete import Place
from hvmodel.state import Layout, State
from hvmodel.system import Property
from hvmodel.types import Value

from .images import Content, Image, differing, file_of, seen, write_expected
from .play import Play
from .shown import Shown, compare_commands


def torn(play: Play, claim: Property) -> Iterator[Shown]:
    """For a machine whose images have no moment in common: one disk as it was when another's image was live."""
    groups: dict[tuple[str, tuple[Value, ...]], list[Place]] = {}
    for place in play.concrete.disks:
        groups.setdefault((place[0], place[1][:1]), []).append(place)
    live = _live(play.layout)
    for (name, machine), places in sorted(groups.items(), key=lambda item: (item[0][0] == live, item[0][0])):
        images = {place: _root(play, place) for place in places}
        moments = {place: _moments(play, live, place, images[place][1]) for place in places}
        if len(places) < 2 or not all(moments.values()) or set.intersection(*moments.values()):
            continue
        del name, machine
        yield from _apart(play, claim, live, images, moments)
        return


def _live(layout: Layout) -> str:
    """The disks that machines write to: those that the environment's calls name."""
    calls = [call for action in layout.system.actions if action.kind == "environment" for call in action.calls]
    return next((call.disk for call in calls if call.operation == "write"), "")


def _root(play: Play, place: Place) -> tuple[Image, Content]:
    """The file without a parent: what was captured, before anything was mended in a child."""
    folder, files = play.concrete.disks[place]
    roles = files.driver.roles()
    role = next(role for role, parent in roles.items() if parent is None and role in ("base", "now"))
    image = Image(folder, f"{folder}/{file_of(roles, role)}", files, role)
    return image, seen(files, role, play.layout, place)


def _moments(play: Play, live: str, place: Place, content: Content) -> set[int]:
    """The states of the run in which the running machine's disk had this content."""
    return {i for i, state in enumerate(play.trace.states) if live_content(play, state, (live, place[1])) == content}


def live_content(play: Play, state: State, place: Place) -> Content:
    """What the running machine reads of a disk, from the model's fields of its class."""
    layout = play.layout
    disk = next(disk for disk in layout.system.disks if disk.name == place[0])
    fields = dict(disk.fields)
    count = play.concrete.disks[place][1].block_count

    def field(name: str, *block: int) -> Value:
        return state.read(layout, fields[name], *place[1], *block)

    if "child" not in fields:
        return tuple(field("now", block) for block in range(count))
    running = field("running")
    upper = [field("child", block) if running else None for block in range(count)]
    return tuple(field("base", block) if above is None else above for block, above in enumerate(upper))


def _apart(
    play: Play,
    claim: Property,
    live: str,
    images: Mapping[Place, tuple[Image, Content]],
    moments: Mapping[Place, set[int]],
) -> Iterator[Shown]:
    first = min(moments, key=lambda place: (max(moments[place]), place))
    at = max(moments[first])
    for place, (image, content) in images.items():
        then = live_content(play, play.trace.states[at], (live, place[1]))
        if place != first and differing(content, then):
            raw = write_expected(
                play.folder, f"{claim.name}-{image.name}-at-{images[first][0].name}", image, content, then
            )
            text = (
                f"{images[first][0].file} was the machine's disk until step {at} and at no time after;"
                f" {image.file} has a later write, and at step {at} that disk was as {raw}"
            )
            yield Shown(text, image.file, raw, compare_commands(image.file, raw))
