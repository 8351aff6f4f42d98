"""Whole disks as data values, the files that show them, and raw files of what they should hold."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from hvmodel.concrete import Place
from hvmodel.dataclass import dataclass
from hvmodel.expression import Apply, Expression, Read, Variable, children
from hvmodel.semantics import Bindings, evaluate
from hvmodel.state import Layout, State, values
from hvmodel.stores.stamp import Stamp, Zeros, decode, encode
from hvmodel.stores.storage_class import Files
from hvmodel.system import Disk
from hvmodel.types import Value

from .play import BLOCK_SIZE, Play

EXPECTED, RESTORED = "expected", "restored"
"""Folders beside the disks: raw files of what should be there, and disks made of what a backup application stored."""

Content = tuple[Value, ...]
"""The data value of every block of a disk."""


@dataclass(frozen=True, slots=True)
class Image:
    """A disk as a file shows it: `file` is relative to the run's folder, `name` the disk's own."""

    name: str
    file: str
    files: Files
    role: str


def disk_reads(expression: Expression, layout: Layout) -> Iterator[tuple[Disk, Read]]:
    """The reads of fields of disks in an expression."""
    fields = {name: disk for disk in layout.system.disks for _, name in disk.fields}
    if isinstance(expression, Read) and expression.function in fields:
        yield fields[expression.function], expression
    for child in children(expression):
        yield from disk_reads(child, layout)


def place_of(disk: Disk, read: Read, layout: Layout, state: State, bindings: Bindings) -> Place:
    """Which disk a read is of."""
    indices = read.arguments[: len(disk.domain)]
    return disk.name, tuple(evaluate(index, layout, state, bindings) for index in indices)


def block_variable(part: Expression, layout: Layout) -> Variable | None:
    """The variable of a part of a property that runs over the blocks of a disk."""
    sorts = {disk.block for disk in layout.system.disks}
    if isinstance(part, Variable) and part.type in sorts:
        return part
    return next((found for child in children(part) if (found := block_variable(child, layout)) is not None), None)


def content_of(side: Expression, block: Variable, layout: Layout, state: State, bindings: Bindings) -> Content:
    """What an expression says of all blocks of a disk."""
    every = values(block.type, layout.scope)
    return tuple(evaluate(side, layout, state, {**bindings, block.name: b}) for b in every)


def shown_by(play: Play, place: Place, content: Content, roles_read: frozenset[str]) -> Image | None:
    """The file of a disk that shows this content: of those that are read the latest child first, then any other."""
    folder, files = play.concrete.disks[place]
    roles = files.driver.roles()

    def depth(role: str) -> int:
        parent = roles[role]
        return 0 if parent is None else 1 + depth(parent)

    for role in sorted(roles, key=lambda role: (role not in roles_read, -depth(role), role)):
        if seen(files, role, play.layout, place) == content:
            return Image(_name(play.layout, place), f"{folder}/{file_of(roles, role)}", files, role)
    return None


def file_of(roles: Mapping[str, str | None], role: str) -> str:
    return f"{role}.vhdx" if roles[role] is None else f"{role}.avhdx"


def seen(files: Files, role: str, layout: Layout, place: Place) -> Content:
    """The content of one of a disk's files, through its parents; a foreign block is None."""
    disk = next(disk for disk in layout.system.disks if disk.name == place[0])
    types = [layout.system.function[name].range for _, name in disk.fields]
    data = next(type_ for type_ in types if len(values(type_, layout.scope)) > 1 and str(type_) not in ("bool",))
    known = values(data, layout.scope)
    codes = (decode(files.driver.read(role, block)) for block in range(files.block_count))
    return tuple(
        known[code.value] if isinstance(code, Stamp) else known[0] if isinstance(code, Zeros) else None
        for code in codes
    )


def write_expected(folder: Path, name: str, image: Image, shown: Content, wanted: Content) -> str:
    """A raw file of what the image should hold: its own bytes where it is right. The file's name in the folder."""
    place = folder / EXPECTED
    place.mkdir(exist_ok=True)
    driver = image.files.driver
    blocks = [
        driver.read(image.role, block) if right == found else block_of(image.files, block, right)
        for block, (right, found) in enumerate(zip(wanted, shown, strict=True))
    ]
    (place / f"{name}.raw").write_bytes(b"".join(blocks))
    return f"{EXPECTED}/{name}.raw"


def block_of(files: Files, block: int, value: Value) -> bytes:
    """The bytes of a block that holds a data value, as the machine would have written them."""
    if not value:
        return bytes(BLOCK_SIZE)
    assert isinstance(value, int)
    return encode(Stamp(files.machine, files.disk, block, value), BLOCK_SIZE)


def restore(play: Play, place: Place, content: Content) -> Image:
    """A new disk with this content, as one that is restored from what a backup application has stored."""
    folder, files = play.concrete.disks[place]
    top = play.folder / RESTORED
    top.mkdir(exist_ok=True)
    driver = play.driver(top / folder, BLOCK_SIZE)
    driver.create("disk", files.block_count)
    for block, value in enumerate(content):
        if value:
            driver.write("disk", block, block_of(files, block, value))
    driver.flush()
    made = Files(driver, files.block_count, files.machine, files.disk)
    return Image(f"restored {_name(play.layout, place)}", f"{RESTORED}/{folder}/disk.vhdx", made, "disk")


def differing(one: Sequence[Value], other: Sequence[Value]) -> tuple[int, ...]:
    return tuple(block for block, (a, b) in enumerate(zip(one, other, strict=True)) if a != b)


def _name(layout: Layout, place: Place) -> str:
    from hvcheck.chart.naming import bracketed, value_name

    disk = next(disk for disk in layout.system.disks if disk.name == place[0])
    shown = (value_name(layout.system, value, type_) for value, type_ in zip(place[1], disk.domain, strict=True))
    return disk.name + bracketed(shown)


def is_equality(part: Expression) -> bool:
    return isinstance(part, Apply) and part.operation == "=="
