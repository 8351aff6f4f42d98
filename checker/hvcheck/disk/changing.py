"""The commands that write: create, fork, merge, convert. Each new file appears whole or not at all."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, Literal, TypeAlias

from hvcheck.disk.opening import opened
from hvmodel.stores.device import Device
from hvmodel.stores.folder import SystemFolder
from hvmodel.stores.pieces import Chain
from hvmodel.stores.refusal import Refused, Report
from hvmodel.stores.transfer import to_raw, to_vhdx
from hvmodel.stores.vhdx.chain import find_parent, open_chain
from hvmodel.stores.vhdx.create import Design, create_file, lay_out
from hvmodel.stores.vhdx.fork import fork
from hvmodel.stores.vhdx.image import Image
from hvmodel.stores.vhdx.merge import adopt, merge
from hvmodel.stores.vhdx.rules import RULES
from hvmodel.stores.vhdx.writer import Writer

Format: TypeAlias = Literal["raw", "vhdx", "vhdx-fixed"]
Steps: TypeAlias = Iterator[tuple[int, int]]
"""Progress: bytes done, bytes in all."""


def create(path: Path, design: Design) -> None:
    """Raises FileExistsError, ValueError, OSError."""
    with SystemFolder(path.parent) as folder:
        create_file(folder, path.name, design)


def make_child(parent: Path, child: Path, block_size: int) -> None:
    """Raises ValueError when the two are not in one folder; FileExistsError, Refused, OSError."""
    if parent.parent.resolve() != child.parent.resolve():
        raise ValueError("a child is made in its parent's folder, where readers look for the parent")
    with SystemFolder(parent.parent) as folder, closing(open_chain(folder, parent.name)) as chain:
        fork(folder, chain.images[0], parent.name, child.name, block_size)


def siblings(folder: SystemFolder, name: str, parent: str) -> Iterator[tuple[str, bool]]:
    """Files of the folder that stand on `parent` (False) or on `name` (True), other than `name` itself."""
    for other in folder.names():
        if other == name or not other.lower().endswith((".vhdx", ".avhdx")):
            continue
        try:
            device = folder.open(other)
        except OSError:
            continue
        try:
            locator = Image(device, report=Report(RULES, other)).metadata.locator
            found = find_parent([folder], locator, Report(RULES, other))[1] if locator else ""
        except Refused:
            continue
        finally:
            device.close()
        if found in (parent, name):
            yield other, found == name


def merge_into_parent(path: Path) -> Steps:
    """Move a child's blocks into its parent and remove the child; its own children are handed on to the parent.

    Raises ValueError when the file has no parent or the parent has other children, which the merge would break.
    """
    with SystemFolder(path.parent) as folder, closing(open_chain(folder, path.name, True)) as upper:
        locator = upper.images[0].metadata.locator
        if locator is None:
            raise ValueError(f"{path.name} has no parent")
        parent = find_parent([folder], locator, Report(RULES, path.name))[1]
        found = list(siblings(folder, path.name, parent))
        others = [name for name, above in found if not above]
        if others:
            raise ValueError(f"{parent} has other children, which the merge would break: {', '.join(others)}")
        with closing(open_chain(folder, parent, True)) as lower:
            writer = Writer(lower.images[0])
            yield from merge(Writer(upper.images[0]), writer, lower)
            for name, _ in found:
                with closing(open_chain(folder, name, True)) as above:
                    adopt(Writer(above.images[0]), writer.image, parent)
        folder.delete(path.name)


def convert(source: Path, target: Path, form: Format, block_size: int, elsewhere: Sequence[Path] = ()) -> Steps:
    """The whole disk into a new file without a parent. Raises FileExistsError, Refused, OSError, ValueError."""
    with SystemFolder(target.parent) as folder, opened(source, elsewhere) as disk:
        if target.name in folder.names():
            raise FileExistsError(17, "exists already", str(target))
        temporary = f"{target.name[:200]}.converting.tmp"
        if temporary in folder.names():
            folder.delete(temporary)
        try:
            with closing(folder.create(temporary)) as device:
                for done in _fill(device, disk.chain, form, block_size):
                    yield done, disk.chain.size
                device.flush()
            folder.publish(temporary, target.name)
        except BaseException:
            folder.delete(temporary)
            raise


def _fill(device: Device, chain: Chain[Any], form: Format, block_size: int) -> Iterator[int]:
    if form == "raw":
        yield from to_raw(chain, device)
        return
    size = -(-chain.size // 512) * 512
    lay_out(device, Design(size, block_size, fixed=form == "vhdx-fixed"))
    yield from to_vhdx(chain, Writer(Image(device, True)))
