"""Ten stores (and more) that do one thing of a shipped era wrong. Each is caught by running that era on it."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from hvmodel.stores.classes import CLASSES
from hvmodel.stores.driver import Driver, DriverFactory
from hvmodel.stores.plain import IMAGE, PlainDisk
from hvmodel.stores.stamp import Stamp, decode
from hvmodel.stores.storage_class import Files, StorageClass, remove
from hvmodel.stores.vhdx.disk import VhdxDisk

VHDX: DriverFactory = partial(VhdxDisk, durable=False)
Operation = Callable[[Files, tuple[int, ...]], None]


class ZeroIsParent(VhdxDisk):
    """A zero written to a child is taken for a block that is the parent's."""

    def write(self, role: str, block: int, data: bytes) -> None:
        stamp = decode(data)
        if not (isinstance(stamp, Stamp) and stamp.value == 0 and self.roles()[role] is not None):
            super().write(role, block, data)


class MergesUpward(VhdxDisk):
    """Where both have a block, the parent's survives the merge."""

    def merge(self, role: str) -> None:
        parent = self.roles()[role] or ""
        kept = {block: self.read(parent, block) for block in self.blocks(parent) & self.blocks(role)}
        super().merge(role)
        for block, data in kept.items():
            self.write(parent, block, data)


class ForksTheLeaf(VhdxDisk):
    """The second child of a file is made over the first."""

    def fork(self, role: str, child: str) -> None:
        super().fork("child" if role == "base" and "child" in self.roles() else role, child)


class RevertLosesABlock(VhdxDisk):
    """The first block does not come back from the guest's snapshot."""

    def copy(self, source: Driver, source_role: str, role: str) -> None:
        super().copy(source, source_role, role)
        if (source_role, role) == ("diff", "now"):
            self.write("now", 0, bytes(self.block_size))


class CopySharesAFile(PlainDisk):
    """A copy on another disk is a second name of the same file."""

    def __init__(self, folder: Path, block_size: int) -> None:
        self._home = folder
        super().__init__(folder, block_size)

    def copy(self, source: Driver, source_role: str, role: str) -> None:
        super().copy(source, source_role, role)
        if isinstance(source, CopySharesAFile) and source is not self:
            image = self._home / f"{role}{IMAGE}"
            image.unlink()
            os.link(source._home / f"{source_role}{IMAGE}", image)
            os.close(self._files[role].descriptor)
            self._files[role].descriptor = os.open(image, os.O_RDWR)


class FlushForgets(VhdxDisk):
    """The highest block written is not flushed, so a power failure takes it."""

    def flush(self) -> None:
        held = {role: file.unflushed.popitem() for role, file in self._files.items() if file.unflushed}
        super().flush()
        for role, (block, data) in held.items():
            self._files[role].unflushed[block] = data


def _lost_bit(files: Files, arguments: tuple[int, ...]) -> None:
    CLASSES["tracked"].operations["write"](files, arguments)
    if arguments[0] == 0:
        _set_memory(files, files.tracking.memory - {0})


def _marks_late(files: Files, arguments: tuple[int, ...]) -> None:
    """The coarse file hears of a write when the next one comes."""
    files.tracking.mark()
    late = replace(files, settings={**files.settings, "mrt_after_data": True})
    CLASSES["tracked"].operations["write"](late, arguments)


def _next_granule(files: Files, arguments: tuple[int, ...]) -> None:
    before = files.tracking.memory
    CLASSES["tracked"].operations["write"](files, arguments)
    _set_memory(files, before | {(arguments[0] + 1) % files.block_count})


def _set_memory(files: Files, blocks: frozenset[int]) -> None:
    for bits in files.tracking._live.fine.points.values():
        bits[:] = [block in blocks for block in range(files.block_count)]


def _cleared_early(files: Files, arguments: tuple[int, ...]) -> None:
    CLASSES["tracked"].operations["merge"](files, arguments)
    files.tracking.restart()


def _ignores_stale(files: Files, arguments: tuple[int, ...]) -> None:
    """A write to the base removes the recovery file that stands on it."""
    if "child" not in files.driver.roles():
        remove(files, "recovery")
    CLASSES["forked"].operations["write"](files, arguments)


def _mended(name: str, operation: str, change: Operation) -> Mapping[str, StorageClass]:
    entry = CLASSES[name]
    return {**CLASSES, name: replace(entry, operations={**entry.operations, operation: change})}


@dataclass(frozen=True)
class Mutant:
    """A wrong store, the era and scenario that show it, and the fields in which the comparison is to fail."""

    name: str
    era: str
    scenario: str
    fields: frozenset[str]
    driver: DriverFactory = VHDX
    classes: Mapping[str, StorageClass] | None = None


def _of(name: str, era: str, scenario: str, fields: str, driver: DriverFactory) -> Mutant:
    return Mutant(name, era, scenario, frozenset(fields.split()), driver)


def _tracked(name: str, scenario: str, fields: str, operation: str, change: Operation) -> Mutant:
    return Mutant(name, "ws2016", scenario, frozenset(fields.split()), VHDX, _mended("tracked", operation, change))


MUTANTS = (
    _tracked("a lost bitmap bit", "host_crashes", "memory", "write", _lost_bit),
    _tracked("tracker written after the data", "host_crashes", "region", "write", _marks_late),
    _tracked("tracker granule off by one", "host_crashes", "memory", "write", _next_granule),
    _tracked("bitmap cleared early", "no_storage_snapshot", "memory rct region", "merge", _cleared_early),
    _of("zero treated as parent", "ws2012r2", "ideal", "child recovery", partial(ZeroIsParent, durable=False)),
    _of("merge in the wrong order", "ws2012r2", "ideal", "base", partial(MergesUpward, durable=False)),
    _of("wrong parent after the fork", "ws2012r2", "ideal", "parent", partial(ForksTheLeaf, durable=False)),
    Mutant(
        "stale recovery ignored", "ws2012r2", "one_machine_fails", frozenset({"recovery", "forked"}), VHDX,
        _mended("forked", "write", _ignores_stale),
    ),
    _of("revert loses one block", "ws2012", "ideal", "now", partial(RevertLosesABlock, durable=False)),
    _of("copy shares a file", "ws2012", "ideal", "now", CopySharesAFile),
    _of("a flush that forgets", "ws2012", "ideal", "now", partial(FlushForgets, durable=False)),
)  # fmt: skip
