"""The storage class `flat` on files: one file, and a guest snapshot kept in a second one while it lasts."""

from __future__ import annotations

from types import MappingProxyType

from .storage_class import BlockField, Files, FlagField, StorageClass, exists, remove, where_exists


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
    links=MappingProxyType({"now": None, "diff": None}),
    blank="now",
)
"""One file the machine writes to, and a snapshot that its own guest keeps of it: a second file while it lasts."""
