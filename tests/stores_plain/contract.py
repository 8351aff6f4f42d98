"""What any driver must do, against a reference kept in dictionaries: for the plain store here, and for others.

`exercise` makes random operations on two disks and compares content, sizes, parents and refusals after each.
"""

from __future__ import annotations

import copy
import random
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from hvmodel.stores.driver import Driver, DriverFactory, StoreError

ROLES = ("a", "b", "c", "d")


@dataclass
class Plain:
    """A file: its parent, its size, and what it holds itself."""

    parent: str | None
    size: int
    own: dict[int, bytes] = field(default_factory=dict)
    points: dict[str, list[bytes]] = field(default_factory=dict)


class RefusedError(Exception):
    """The reference refuses, with the kind that the driver must give."""


def refuse(condition: bool, kind: str) -> None:
    if condition:
        raise RefusedError(kind)


@dataclass
class Reference:
    """The meaning of every operation, as short as it can be said."""

    block_size: int
    files: dict[str, Plain] = field(default_factory=dict)
    durable: dict[str, Plain] = field(default_factory=dict)

    def get(self, role: str) -> Plain:
        refuse(role not in self.files, "no role")
        return self.files[role]

    def leaf(self, role: str) -> Plain:
        found = self.get(role)
        refuse(any(file.parent == role for file in self.files.values()), "has children")
        return found

    def read(self, role: str, block: int) -> bytes:
        file = self.get(role)
        refuse(not 0 <= block < file.size, "range")
        if block in file.own:
            return file.own[block]
        if file.parent is not None and block < self.files[file.parent].size:
            return self.read(file.parent, block)
        return bytes(self.block_size)

    def content(self, role: str) -> list[bytes]:
        return [self.read(role, block) for block in range(self.files[role].size)]

    def write(self, role: str, block: int, data: bytes) -> None:
        refuse(not 0 <= block < self.get(role).size, "range")
        self.leaf(role).own[block] = data

    def flush(self) -> None:
        self.durable = copy.deepcopy(self.files)

    def create(self, role: str, size: int) -> None:
        refuse(role in self.files, "role exists")
        refuse(size < 1, "range")
        self.files[role] = Plain(None, size)
        self.durable[role] = Plain(None, size)

    def fork(self, role: str, child: str) -> None:
        parent = self.get(role)
        refuse(child in self.files, "role exists")
        self.files[child] = Plain(role, parent.size, points=dict(parent.points))
        self.flush()

    def merge(self, role: str) -> None:
        file = self.get(role)
        refuse(file.parent is None, "no parent")
        assert file.parent is not None
        parent = self.files[file.parent]
        content = self.content(role)
        parent.points.update(file.points)
        kept = {block: data for block, data in parent.own.items() if block < file.size}
        grown = {block: content[block] for block in range(parent.size, file.size)}
        parent.own, parent.size = {**kept, **grown, **file.own}, file.size
        for other in self.files.values():
            other.parent = file.parent if other.parent == role else other.parent
        del self.files[role]
        self.flush()

    def resize(self, role: str, size: int) -> None:
        file = self.leaf(role)
        refuse(size < 1, "range")
        new = {block: bytes(self.block_size) for block in range(file.size, size)}
        file.own = {block: data for block, data in {**file.own, **new}.items() if block < size}
        file.size = size
        self.flush()

    def copy(self, source: Reference, source_role: str, role: str) -> None:
        original = source.get(source_role)
        if source is not self or source_role != role:
            if role in self.files:
                self.leaf(role)
            refuse(
                original.parent is not None and (original.parent == role or original.parent not in self.files),
                "no parent",
            )
            self.files[role] = copy.deepcopy(original)
            if original.parent is not None:  # what the copy shows depends on the parent it now stands on
                self.files[role].points = {}
            self.durable[role] = copy.deepcopy(self.files[role])
        source.flush()

    def delete(self, role: str) -> None:
        self.leaf(role)
        del self.files[role]
        self.durable.pop(role, None)

    def reopen(self) -> None:
        self.flush()

    def crash(self) -> None:
        self.files = copy.deepcopy(self.durable)


def both(name: str, disk: Driver, reference: Reference, *arguments: object) -> bool:
    """Do the same to both; they must accept or refuse it alike. Of a pair of disks each gets its own."""
    expected = given = ""
    try:
        getattr(reference, name)(*(pair[1] if isinstance(pair, tuple) else pair for pair in arguments))
    except RefusedError as refusal:
        expected = str(refusal)
    try:
        getattr(disk, name)(*(pair[0] if isinstance(pair, tuple) else pair for pair in arguments))
    except StoreError as error:
        given = error.fault.kind
    assert given == expected, (name, arguments)
    return not expected


def compare(disk: Driver, reference: Reference) -> None:
    assert dict(disk.roles()) == {role: file.parent for role, file in reference.files.items()}
    assert list(disk.roles()) == sorted(disk.roles())
    for role, file in reference.files.items():
        assert disk.size(role) == file.size
        content = reference.content(role)
        assert [disk.read(role, block) for block in range(file.size)] == content, role
        for point, then in file.points.items():
            changed = {b for b in range(file.size) if b >= len(then) or content[b] != then[b]}
            assert changed <= disk.changes_since(role, point), (role, point)


def exercise(
    open_disk: DriverFactory, folder: Path, seed: int, steps: int = 100, block_size: int = 512
) -> Counter[str]:
    """Random operations on two disks in a folder; counts those accepted. AssertionError where the driver differs."""
    source = random.Random(seed)
    pairs = [(open_disk(folder / name, block_size), Reference(block_size)) for name in ("first", "second")]
    names = ["create", "fork", "fork", "fork", "merge", "merge", "merge", "resize", "copy", "copy", "delete"]
    names += ["flush", "reopen", "crash", "point"] + ["write"] * 8
    done: Counter[str] = Counter()
    for step in range(steps):
        disk, reference = pair = pairs[source.randrange(2)]
        one, two, number = source.choice(ROLES), source.choice(ROLES), source.randrange(5)
        name = "create" if step < 2 else source.choice(names)
        match name:
            case "write":
                done[name] += both(name, *pair, one, number, source.randbytes(block_size))
            case "create" | "resize":
                done[name] += both(name, *pair, one, number)
            case "fork":
                done[name] += both(name, *pair, one, two)
            case "merge" | "delete":
                done[name] += both(name, *pair, one)
            case "copy":
                done[name] += both(name, *pair, pairs[source.randrange(2)], one, two)
            case "flush" | "crash" | "reopen":
                done[name] += both(name, *pair)
            case "point" if one in reference.files:
                reference.files[one].points[disk.point(one)] = reference.content(one)
                reference.flush()
                done[name] += 1
        for other in pairs:
            compare(*other)
    for disk, _ in pairs:
        disk.close()
    return done
