"""The storage class `forked` on files: a base file with two children."""

from __future__ import annotations

from types import MappingProxyType

from .storage_class import BlockField, Files, FlagField, StorageClass, beside, exists, owns, remove


def _forked_start(files: Files) -> None:
    files.driver.create("base", files.block_count)


def _forked_forget(files: Files) -> None:
    remove(files, "child", "recovery", "base")
    _forked_start(files)


def _forked_write(files: Files, block: int, value: int) -> None:
    if "child" in files.driver.roles():
        files.put("child", block, value)
    else:
        beside(files, "recovery", lambda: files.put("base", block, value))


def _merge_recovery(files: Files) -> None:
    """Merge the file and keep it, as the class does: the driver's merge removes what it merged."""
    driver = files.driver

    def merge() -> None:
        driver.fork("base", "merging")
        for block in sorted(owned):
            driver.write("merging", block, owned[block])
        driver.merge("merging")

    owned = {block: driver.read("recovery", block) for block in driver.blocks("recovery")}
    beside(files, "recovery", lambda: beside(files, "child", merge))


FORKED = StorageClass(
    name="forked",
    start=_forked_start,
    operations=MappingProxyType(
        {
            "write": lambda files, arguments: _forked_write(files, arguments[0], arguments[1]),
            "switch": lambda files, _: files.driver.fork("base", "child"),
            "fork": lambda files, _: files.driver.fork("base", "recovery"),
            "mend": lambda files, arguments: files.put("recovery", arguments[0], arguments[1]),
            "merge": lambda files, _: beside(files, "recovery", lambda: files.driver.merge("child")),
            "merge_recovery": lambda files, _: _merge_recovery(files),
            "drop_child": lambda files, _: remove(files, "child"),
            "drop_recovery": lambda files, _: remove(files, "recovery"),
            "forget": lambda files, _: _forked_forget(files),
        }
    ),
    fields=MappingProxyType(
        {
            "base": BlockField("base"),
            "child": BlockField("child", owns("child")),
            "running": FlagField("child", exists("child")),
            "recovery": BlockField("recovery", owns("recovery")),
            "forked": FlagField("recovery", exists("recovery")),
        }
    ),
    links=MappingProxyType({"base": None, "child": "base", "recovery": "base"}),
    blank="base",
)
"""A base file with two children: the one the machine runs on, and the one its writers mend their data in."""
