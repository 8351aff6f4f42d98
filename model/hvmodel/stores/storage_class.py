"""What a storage class is on files: tables from the names of its operations to driver primitives.

The language gives every operation its meaning as writes to state functions; the entry here does the same with
files, and each field says how it is seen in them again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import field
from types import MappingProxyType
from typing import TypeAlias

from hvmodel.dataclass import dataclass

from .driver import Driver
from .stamp import Content, Stamp, decode, encode
from .tracker.pair import Tracking

Argument: TypeAlias = int
"""A block's number, or the code of a data value (its place among its type's values)."""


@dataclass(frozen=True, slots=True)
class Files:
    """One disk of a storage variable: its driver, how many blocks it has, and how its stamps name it.

    `settings` are the parameters of the class. `side` has the side files of a class that is `tracked`.
    """

    driver: Driver
    block_count: int
    machine: int
    disk: str
    settings: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))
    side: Tracking | None = None

    @property
    def tracking(self) -> Tracking:
        assert self.side is not None, "the class is not tracked"
        return self.side

    def put(self, role: str, block: int, value: int) -> None:
        """Write a data value, stamped."""
        self.driver.write(role, block, encode(Stamp(self.machine, self.disk, block, value), self.driver.block_size))


@dataclass(frozen=True, slots=True)
class BlockField:
    """A field with a value for every block: what reading `role` gives; `none` where `held` says there is none."""

    role: str
    held: Callable[[Files, int], bool] = lambda _files, _block: True

    def see(self, files: Files, block: int) -> Content | None:
        return decode(files.driver.read(self.role, block)) if self.held(files, block) else None


@dataclass(frozen=True, slots=True)
class BitField:
    """A field that is true or false for every block."""

    role: str
    see: Callable[[Files, int], bool]


@dataclass(frozen=True, slots=True)
class FlagField:
    """A field of the disk as a whole, true or false."""

    role: str
    see: Callable[[Files], bool]


@dataclass(frozen=True, slots=True)
class AnyField:
    """A field that is true or false for every block, of which files show only whether any block's is true."""

    role: str
    see: Callable[[Files], bool]


Field: TypeAlias = BlockField | BitField | FlagField | AnyField

Change: TypeAlias = Callable[[Files, tuple[Argument, ...]], None]


@dataclass(frozen=True, slots=True)
class StorageClass:
    """How one class of the language runs on files.

    `start` makes the files of a new disk. `blank` names the field whose initial value a block of zeros stands for.
    `unseen` are fields that exist for properties only, so that no file has anything of them. `tracked`: its disks have
    side files of change tracking. `links` says which role's file stands on which; no other file is to be there (None:
    any may).
    """

    name: str
    start: Callable[[Files], None]
    operations: Mapping[str, Change]
    fields: Mapping[str, Field]
    blank: str
    unseen: frozenset[str] = frozenset()
    tracked: bool = False
    links: Mapping[str, str | None] | None = None


def exists(role: str) -> Callable[[Files], bool]:
    return lambda files: role in files.driver.roles()


def where_exists(role: str) -> Callable[[Files, int], bool]:
    return lambda files, _block: role in files.driver.roles()


def remove(files: Files, *roles: str) -> None:
    """Delete those of the roles that have a file, children named before their parents."""
    for role in roles:
        if role in files.driver.roles():
            files.driver.delete(role)


def assign(target: Files, source: Files) -> None:
    """A whole storage value assigned: afterwards the target has copies of all the source's files, and no other."""
    if target is source:
        return
    remove(target, *reversed(_parents_first(target.driver.roles())))
    for role in _parents_first(source.driver.roles()):
        target.driver.copy(source.driver, role, role)
    if target.side is not None and source.side is not None:
        target.side.copy(source.side)


def _parents_first(roles: Mapping[str, str | None]) -> list[str]:
    def depth(role: str) -> int:
        parent = roles[role]
        return 0 if parent is None else 1 + depth(parent)

    return sorted(roles, key=depth)


def owns(role: str) -> Callable[[Files, int], bool]:
    """Whether the role's file is there and holds the block itself."""
    return lambda files, block: role in files.driver.roles() and block in files.driver.blocks(role)


def beside(files: Files, child: str, change: Callable[[], None]) -> None:
    """Change the parent of `child`, which a real disk does not allow while the child hangs on it.

    The child is taken off and put back over the changed parent with the blocks it owned, as `Set-VHD -ParentPath` with
    `-IgnoreIdMismatch` puts a differencing file back that was left behind.
    """
    driver = files.driver
    parent = driver.roles().get(child)
    if parent is None:
        change()
        return
    owned = {block: driver.read(child, block) for block in sorted(driver.blocks(child))}
    driver.delete(child)
    change()
    driver.fork(parent, child)
    for block, data in owned.items():
        driver.write(child, block, data)
