"""The storage class `tracked` on files: a base, the child of a checkpoint, a recovery child, and change tracking.

The parameters of `std/tracking.hvs` are faults of a tracker; with one set, the files are handled as wrongly as it says.
"""

from __future__ import annotations

from types import MappingProxyType

from .storage_class import (
    AnyField,
    BitField,
    BlockField,
    Files,
    FlagField,
    StorageClass,
    beside,
    exists,
    owns,
    remove,
)


def _start(files: Files) -> None:
    files.driver.create("base", files.block_count)


def _put(files: Files, block: int, value: int) -> None:
    if "child" in files.driver.roles():
        files.put("child", block, value)
    else:
        beside(files, "recovery", lambda: files.put("base", block, value))


def _write(files: Files, block: int, value: int) -> None:
    """Marked before the data is written, as the tracker asks."""
    files.tracking.before_write(block, marked=not files.settings.get("mrt_after_data"))
    _put(files, block, value)


def _checkpoint(files: Files) -> None:
    files.driver.fork("base", "child")
    files.tracking.freeze()


def _mend(files: Files, block: int, value: int) -> None:
    if "recovery" not in files.driver.roles():
        files.driver.fork("base", "recovery")
    files.put("recovery", block, value)


def _convert(files: Files) -> None:
    """What was mended is in the reference point and not on the disk, so it counts as changed since."""
    if "recovery" in files.driver.roles():
        files.tracking.declare(files.driver.blocks("recovery"))
    _end_backup(files)


def _reclaim(files: Files) -> None:
    files.tracking.declare(files.tracking.frozen)
    _end_backup(files)


def _end_backup(files: Files) -> None:
    files.tracking.thaw()
    remove(files, "recovery")


def _merge(files: Files) -> None:
    beside(files, "recovery", lambda: files.driver.merge("child"))
    if files.settings.get("merge_loses_bits"):
        files.tracking.restart()


def _crash(files: Files) -> None:
    files.driver.crash()
    files.tracking.crash(keeps_frozen=not files.settings.get("crash_forgets_frozen_bitmap"))


def _forget(files: Files) -> None:
    remove(files, "child", "recovery", "base")
    _start(files)
    files.tracking.restart()
    files.tracking.thaw()


TRACKED = StorageClass(
    name="tracked",
    start=_start,
    operations=MappingProxyType(
        {
            "write": lambda files, arguments: _write(files, arguments[0], arguments[1]),
            "write_unseen": lambda files, arguments: _put(files, arguments[0], arguments[1]),
            "mark": lambda files, _: files.tracking.mark(),
            "write_back": lambda files, _: files.tracking.write_back(),
            "checkpoint": lambda files, _: _checkpoint(files),
            "mend": lambda files, arguments: _mend(files, arguments[0], arguments[1]),
            "clear": lambda files, _: files.tracking.thaw(),
            "convert": lambda files, _: _convert(files),
            "reclaim": lambda files, _: _reclaim(files),
            "merge": lambda files, _: _merge(files),
            "crash": lambda files, _: _crash(files),
            "forget": lambda files, _: _forget(files),
        }
    ),
    fields=MappingProxyType(
        {
            "base": BlockField("base"),
            "child": BlockField("child", owns("child")),
            "running": FlagField("child", exists("child")),
            "recovery": BlockField("recovery", owns("recovery")),
            "memory": BitField("tracker's memory", lambda files, block: block in files.tracking.memory),
            "rct": BitField("disk.rct", lambda files, block: block in files.tracking.written_back),
            "region": AnyField("disk.mrt", lambda files: files.tracking.doubtful),
            "frozen": BitField("checkpoint.rct", lambda files, block: block in files.tracking.frozen),
        }
    ),
    links=MappingProxyType({"base": None, "child": "base", "recovery": "base"}),
    blank="base",
    unseen=frozenset({"written", "sealed"}),
    tracked=True,
)
"""A base file, the child that a checkpoint makes for the machine to run on, and the bits that a backup asks for."""
