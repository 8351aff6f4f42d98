"""What the operations of a storage class do to real files: tables from names to driver primitives.

The language gives every operation its meaning as writes to state functions; the entry here does the same with
files, and each field says how it is seen in them again. A class is added by adding an entry to `CLASSES`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TypeAlias

from .driver import Driver
from .stamp import Content, Stamp, decode, encode

Argument: TypeAlias = int
"""A block's number, or the code of a data value (its place among its type's values)."""


@dataclass(frozen=True, slots=True)
class Files:
    """One disk of a storage variable: its driver, how many blocks it has, and how its stamps name it."""

    driver: Driver
    block_count: int
    machine: int
    disk: str

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
class FlagField:
    """A field of the disk as a whole, true or false."""

    role: str
    see: Callable[[Files], bool]


Change: TypeAlias = Callable[[Files, tuple[Argument, ...]], None]


@dataclass(frozen=True, slots=True)
class StorageClass:
    """How one class of the language runs on files.

    `start` makes the files of a new disk. `blank` names the field whose initial value a block of zeros stands for.
    """

    name: str
    start: Callable[[Files], None]
    operations: Mapping[str, Change]
    fields: Mapping[str, BlockField | FlagField]
    blank: str


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


def _parents_first(roles: Mapping[str, str | None]) -> list[str]:
    def depth(role: str) -> int:
        parent = roles[role]
        return 0 if parent is None else 1 + depth(parent)

    return sorted(roles, key=depth)


def _flat_start(files: Files) -> None:
    files.driver.create("now", files.block_count)


def _flat_forget(files: Files) -> None:
    remove(files, "diff", "now")
    _flat_start(files)


FLAT = StorageClass(
    name="flat",
    start=_flat_start,
    operations=MappingProxyType(
        {
            "write": lambda files, arguments: files.put("now", arguments[0], arguments[1]),
            "shadow": lambda files, _: files.driver.copy(files.driver, "now", "diff"),
            "mend": lambda files, arguments: files.put("diff", arguments[0], arguments[1]),
            "revert": lambda files, _: files.driver.copy(files.driver, "diff", "now"),
            "drop": lambda files, _: remove(files, "diff"),
            "forget": lambda files, _: _flat_forget(files),
        }
    ),
    fields=MappingProxyType(
        {
            "now": BlockField("now"),
            "diff": BlockField("diff", where_exists("diff")),
            "snap": FlagField("diff", exists("diff")),
        }
    ),
    blank="now",
)
"""One file the machine writes to, and a snapshot that its own guest keeps of it: a second file while it lasts."""


def _owns(role: str) -> Callable[[Files, int], bool]:
    return lambda files, block: role in files.driver.roles() and block in files.driver.blocks(role)


def _forked_start(files: Files) -> None:
    files.driver.create("base", files.block_count)


def _forked_forget(files: Files) -> None:
    remove(files, "child", "recovery", "base")
    _forked_start(files)


def _forked_write(files: Files, block: int, value: int) -> None:
    files.put("child" if "child" in files.driver.roles() else "base", block, value)


def _merge_recovery(files: Files) -> None:
    """Merge the file and keep it, as the class does: the driver's merge removes what it merged."""
    driver = files.driver
    owned = {block: driver.read("recovery", block) for block in sorted(driver.blocks("recovery"))}
    driver.merge("recovery")
    driver.fork("base", "recovery")
    for block, data in owned.items():
        driver.write("recovery", block, data)


FORKED = StorageClass(
    name="forked",
    start=_forked_start,
    operations=MappingProxyType(
        {
            "write": lambda files, arguments: _forked_write(files, arguments[0], arguments[1]),
            "switch": lambda files, _: files.driver.fork("base", "child"),
            "fork": lambda files, _: files.driver.fork("base", "recovery"),
            "mend": lambda files, arguments: files.put("recovery", arguments[0], arguments[1]),
            "merge": lambda files, _: files.driver.merge("child"),
            "merge_recovery": lambda files, _: _merge_recovery(files),
            "drop_child": lambda files, _: remove(files, "child"),
            "drop_recovery": lambda files, _: remove(files, "recovery"),
            "forget": lambda files, _: _forked_forget(files),
        }
    ),
    fields=MappingProxyType(
        {
            "base": BlockField("base"),
            "child": BlockField("child", _owns("child")),
            "running": FlagField("child", exists("child")),
            "recovery": BlockField("recovery", _owns("recovery")),
            "forked": FlagField("recovery", exists("recovery")),
        }
    ),
    blank="base",
)
"""A base file with two children: the one the machine runs on, and the one its writers mend their data in."""

CLASSES: Mapping[str, StorageClass] = MappingProxyType({FLAT.name: FLAT, FORKED.name: FORKED})
"""The classes that can run on files, by the name a spec gives as `driver`."""
