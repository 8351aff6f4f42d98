"""Operations of storage classes on real files, and a class that is added by an entry alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from hvmodel.stores.classes import FLAT, BlockField, Files, FlagField, StorageClass, assign, exists
from hvmodel.stores.driver import StoreError
from hvmodel.stores.plain import PlainDisk
from hvmodel.stores.stamp import Stamp, Zeros


def files(folder: Path, name: str = "disk") -> Files:
    return Files(PlainDisk(folder / name, 128), 2, 0, name)


def seen(entry: StorageClass, disk: Files, field: str) -> list[int | None]:
    """The codes of a field's blocks; 0 for zeros."""
    seer = entry.fields[field]
    assert isinstance(seer, BlockField)
    contents = [seer.see(disk, block) for block in range(disk.block_count)]
    codes: list[int | None] = []
    for content in contents:
        assert content is None or isinstance(content, Stamp | Zeros)
        codes.append(content.value if isinstance(content, Stamp) else None if content is None else 0)
    return codes


def flag(entry: StorageClass, disk: Files, field: str) -> bool:
    seer = entry.fields[field]
    assert isinstance(seer, FlagField)
    return seer.see(disk)


def test_flat_from_a_write_to_the_start_again(tmp_path: Path) -> None:
    disk = files(tmp_path)

    def do(operation: str, *arguments: int) -> None:
        FLAT.operations[operation](disk, arguments)

    FLAT.start(disk)
    for refused in ("mend", "revert"):
        with pytest.raises(StoreError):
            do(refused, 0, 1)
    do("write", 0, 1)
    do("shadow")
    do("write", 1, 2)
    do("mend", 0, 3)
    assert (seen(FLAT, disk, "now"), seen(FLAT, disk, "diff"), flag(FLAT, disk, "snap")) == ([1, 2], [3, 0], True)
    do("revert")
    do("mend", 1, 4)
    assert (seen(FLAT, disk, "now"), seen(FLAT, disk, "diff")) == ([3, 0], [3, 4])
    do("drop")
    do("drop")
    assert (seen(FLAT, disk, "diff"), flag(FLAT, disk, "snap")) == ([None, None], False)
    do("shadow")
    do("forget")
    assert (seen(FLAT, disk, "now"), seen(FLAT, disk, "diff")) == ([0, 0], [None, None])


def _write(disk: Files, arguments: tuple[int, ...]) -> None:
    disk.put("child" if "child" in disk.driver.roles() else "base", *arguments)


def _owned(disk: Files, block: int) -> bool:
    return "child" in disk.driver.roles() and block in disk.driver.blocks("child")


CHAIN = StorageClass(
    name="chain",
    start=lambda disk: disk.driver.create("base", disk.block_count),
    operations={
        "write": _write,
        "switch": lambda disk, _: disk.driver.fork("base", "child"),
        "merge": lambda disk, _: disk.driver.merge("child"),
    },
    fields={
        "base": BlockField("base"),
        "child": BlockField("child", _owned),
        "run": FlagField("child", exists("child")),
    },
    blank="base",
)


def test_a_class_is_added_by_an_entry(tmp_path: Path) -> None:
    disk = files(tmp_path)
    CHAIN.start(disk)
    CHAIN.operations["write"](disk, (0, 1))
    CHAIN.operations["switch"](disk, ())
    CHAIN.operations["write"](disk, (1, 2))
    assert (seen(CHAIN, disk, "base"), seen(CHAIN, disk, "child")) == ([1, 0], [None, 2])
    CHAIN.operations["merge"](disk, ())
    assert (seen(CHAIN, disk, "base"), flag(CHAIN, disk, "run")) == ([1, 2], False)


def test_an_assigned_value_has_all_files_of_its_source_and_no_other(tmp_path: Path) -> None:
    source, target = files(tmp_path, "source"), files(tmp_path, "target")
    CHAIN.start(source)
    CHAIN.operations["switch"](source, ())
    CHAIN.operations["write"](source, (1, 2))
    for role in ("child", "old"):
        target.driver.create(role, 1)
    target.driver.fork("child", "base")
    assign(target, source)
    assert dict(target.driver.roles()) == {"base": None, "child": "base"}
    assert seen(CHAIN, target, "child") == [None, 2]
    CHAIN.operations["write"](source, (0, 1))
    assert seen(CHAIN, target, "child") == [None, 2]
    assign(target, target)
    assert dict(target.driver.roles()) == {"base": None, "child": "base"}
