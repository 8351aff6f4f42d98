"""Opening an image of any kind that we read, by what its bytes say."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal, TypeAlias

from hvmodel.dataclass import dataclass
from hvmodel.stores.folder import Folder, SystemFolder
from hvmodel.stores.pieces import Chain
from hvmodel.stores.raw import RawImage
from hvmodel.stores.refusal import Report
from hvmodel.stores.vhd.chain import open_vhd
from hvmodel.stores.vhd.rules import RULES as VHD_RULES
from hvmodel.stores.vhdset.vhdset import VhdSet
from hvmodel.stores.vhdx.chain import open_chain
from hvmodel.stores.vhdx.rules import RULES as VHDX_RULES

Kind: TypeAlias = Literal["vhdx", "vhd", "vhdset", "raw"]


@dataclass(frozen=True, slots=True)
class Opened:
    """A disk as a chain of files; `names` from the leaf to the base, `active` is the leaf behind a VHD Set."""

    kind: Kind
    chain: Chain[Any]
    names: tuple[str, ...]


def kind_of(path: Path) -> Kind:
    """Raises OSError. Anything without a known signature is raw."""
    device = SystemFolder(path.parent).open(path.name)
    try:
        return sniff(device.read(0, 8), device.read(max(0, device.size() // 512 * 512 - 512), 8))
    finally:
        device.close()


def sniff(start: bytes, footer: bytes) -> Kind:
    if start == b"vhdxfile":
        return "vhdx"
    if start == b"HVVHDSET":
        return "vhdset"
    return "vhd" if b"conectix" in (start, footer) else "raw"


def report_for(kind: Kind, name: str, gathering: bool = False) -> Report:
    return Report(VHD_RULES if kind == "vhd" else VHDX_RULES, name, gathering)


@contextmanager
def opened(
    path: Path, elsewhere: Sequence[Path] = (), report: Report | None = None, kind: Kind | None = None
) -> Iterator[Opened]:
    """The disk of a file, read-only. Raises Refused, OSError."""
    folder = SystemFolder(path.parent)
    others = [SystemFolder(other) for other in elsewhere]
    kind = kind or kind_of(path)
    chain = _open(kind, folder, path.name, others, report)
    try:
        yield Opened(kind, chain, _names(path.name, chain, kind))
    finally:
        chain.close()
        for one in (folder, *others):
            one.close()


def _open(kind: Kind, folder: SystemFolder, name: str, others: Sequence[Folder], report: Report | None) -> Chain[Any]:
    match kind:
        case "vhdx":
            return open_chain(folder, name, elsewhere=others, report=report)
        case "vhd":
            return open_vhd(folder, name, report)
        case "vhdset":
            return open_chain(folder, VhdSet(folder, name).pointer.active, elsewhere=others, report=report)
        case "raw":
            return Chain([RawImage(folder.open(name))])


def _names(name: str, chain: Chain[Any], kind: Kind) -> tuple[str, ...]:
    """The leaf's name, then each parent's as its own report knows it."""
    if kind == "raw":
        return (name,)
    leaf = chain.images[0].report.path if kind == "vhdset" else name
    return (leaf, *(image.report.path for image in chain.images[1:]))
