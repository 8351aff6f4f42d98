"""What every block store can do: one virtual disk with all its files, each file a role of the disk.

A disk is a forest of files: `create` makes a root, `fork` a child whose unowned blocks are its parent's. Roles are
names such as `now`, `base`, `child`; they match `ROLE`, so that a driver may use them as file names. Blocks are
counted from 0 in units of `block_size` bytes and are the model's blocks; a store may allocate in coarser units.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Literal as OneOf
from typing import Protocol, TypeAlias

from hvmodel.dataclass import dataclass

ROLE = re.compile(r"[a-z][a-z0-9_]{0,31}\Z")
"""The names a role may have."""

StoreErrorKind: TypeAlias = OneOf[
    "role", "no role", "role exists", "range", "length", "has children", "no parent", "no point", "foreign",
    "format", "link", "closed", "io",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class StoreFault:
    """What a store refused or found broken.

    `role`: not a role name · `no role`, `role exists`: of the disk's files · `range`: block or size outside the file
    · `length`: data that is not one block · `has children`, `no parent`: the chain forbids it · `no point`: unknown
    reference point · `foreign`: a disk of another kind of driver or block size · `format`: a malformed file ·
    `link`: a child and its parent do not belong together · `closed`: used after `close` · `io`: the system's error.
    """

    kind: StoreErrorKind
    message: str
    role: str = ""
    block: int | None = None
    path: str = ""


class StoreError(Exception):
    """The one exception of stores. Its `fault` is all there is to know."""

    def __init__(self, fault: StoreFault) -> None:
        super().__init__(fault)
        self.fault = fault

    def __str__(self) -> str:
        fault = self.fault
        where = " ".join(
            part for part in (fault.role, "" if fault.block is None else f"block {fault.block}", fault.path) if part
        )
        return f"{where}: {fault.message}" if where else fault.message


class Driver(Protocol):
    """One virtual disk in one folder. Every method raises StoreError, and nothing else, and changes nothing then.

    Writes are acknowledged when they return and durable after `flush`; the other operations that change files
    (`create`, `fork`, `merge`, `resize`, `copy`, `delete`) are durable on return and flush what they read.
    Every method but `close` raises `closed` after `close`.
    """

    @property
    def block_size(self) -> int:
        """Bytes in a block; the same for all roles and for the life of the disk."""
        ...

    def roles(self) -> Mapping[str, str | None]:
        """Every role that has a file, in order of name, with its parent's role (`None`: a file of its own)."""
        ...

    def size(self, role: str) -> int:
        """How many blocks the role's file has. Raises `no role`."""
        ...

    def blocks(self, role: str) -> frozenset[int]:
        """The blocks that the role's own file holds, whatever its parents hold. Raises `no role`.

        Of a child exactly those written to it (or merged or resized into it); of a file without a parent at
        least those, and perhaps more, where the store allocates in coarser units.
        """
        ...

    def read(self, role: str, block: int) -> bytes:
        """`block_size` bytes: from the nearest file up the chain that holds the block, else zeros.

        Blocks beyond the end of a shorter parent are zeros. Raises `no role`, `range`, `format`, `link`.
        """
        ...

    def write(self, role: str, block: int, data: bytes) -> None:
        """Put `block_size` bytes into the role's own file. Raises `no role`, `range`, `length`, `has children`."""
        ...

    def flush(self) -> None:
        """Make all acknowledged writes of all roles durable."""
        ...

    def create(self, role: str, block_count: int) -> None:
        """A new file without a parent, all zeros. Raises `role`, `role exists`, `range` (fewer than 1 block)."""
        ...

    def fork(self, role: str, child: str) -> None:
        """A new file `child` over `role`, of the same size, owning nothing; a role may have several children.

        From then on `role` takes no writes. Raises `no role`, `role`, `role exists`.
        """
        ...

    def merge(self, role: str) -> None:
        """Move the blocks that `role` owns into its parent and delete `role`; its children become its parent's.

        The parent takes the size of `role`. Other children of the parent see the changed parent while the disk
        is open (merging the wrong fork is a fault that specs model); `reopen` may then refuse them with `link`.
        Raises `no role`, `no parent`.
        """
        ...

    def resize(self, role: str, block_count: int) -> None:
        """Give the file another size: new blocks are zeros, blocks beyond the end are lost.

        A block that was cut off never comes back, not from a parent either: a child owns new blocks as zeros
        where its parent has data. Raises `no role`, `has children`, `range` (fewer than 1 block).
        """
        ...

    def copy(self, source: Driver, source_role: str, role: str) -> None:
        """A copy of one file, of this disk or another, as `role`; it replaces a file that `role` already has.

        The copy owns the same blocks. The copy of a child is a child of the role of the same name as its
        source's parent, which must exist in this disk. Points of `changes_since` go with it. Raises `no role`,
        `role`, `no parent`, `foreign`, `has children` (of a replaced file).
        """
        ...

    def delete(self, role: str) -> None:
        """Remove the role's file. Raises `no role`, `has children`."""
        ...

    def reopen(self) -> None:
        """Flush, forget everything in memory, and open the files again. Raises `format`, `link`, `io`."""
        ...

    def crash(self) -> None:
        """As if the power failed: unflushed writes may be lost, each whole or not at all; then open the files again.

        What was durable stays. A driver documents which unflushed writes it loses; one driver always loses the same.
        """
        ...

    def point(self, role: str) -> str:
        """Take a reference point of the role's content: an opaque id, durable on return. Raises `no role`."""
        ...

    def changes_since(self, role: str, point: str) -> frozenset[int]:
        """At least the blocks of `role` whose content may have changed since `point` was taken.

        The point was taken of this role, or of a role it stems from by `fork` or `copy`; `merge` carries the
        changes of the child into its parent. After a crash the answer may be larger, never smaller than the
        blocks that differ. Raises `no role`, `no point`.
        """
        ...

    def close(self) -> None:
        """Flush and let go of the files. Closing twice is allowed."""
        ...


DriverFactory: TypeAlias = Callable[[Path, int], Driver]
"""Open the disk in a folder of its own (made if missing) with a `block_size`. No files: a disk without roles."""
