"""What the VHDX driver keeps of one role, and how the layers below report to it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from hvmodel.stores.driver import StoreError, StoreErrorKind, StoreFault
from hvmodel.stores.extent import DATA, PARENT
from hvmodel.stores.folder import Folder
from hvmodel.stores.refusal import Refused, Report
from hvmodel.stores.tracker.fine import Fine
from hvmodel.stores.tracker.tracker import Tracker
from hvmodel.stores.vhdx.entry import NOT_PRESENT, state_of
from hvmodel.stores.vhdx.image import Image
from hvmodel.stores.vhdx.rules import RULES
from hvmodel.stores.vhdx.writer import Writer


@dataclass(slots=True)
class RoleFile:
    """An open role."""

    name: str
    image: Image
    writer: Writer
    parent: str | None
    tracker: Tracker | None = None
    unflushed: dict[int, bytes] = field(default_factory=dict)


def refusal(kind: StoreErrorKind, message: str, role: str = "", block: int | None = None) -> StoreError:
    return StoreError(StoreFault(kind, message, role, block))


@contextmanager
def store_errors(role: str = "") -> Iterator[None]:
    """The layers below speak of formats and systems; a driver speaks of StoreError alone."""
    try:
        yield
    except Refused as broken:
        kind: StoreErrorKind = "link" if broken.code.startswith("parent-") else "format"
        raise StoreError(StoreFault(kind, str(broken), role, path=broken.finding.path)) from broken
    except OSError as error:
        fault = StoreFault("io", error.strerror or str(error), role, path=str(error.filename or ""))
        raise StoreError(fault) from error
    except (ValueError, OverflowError) as error:
        raise refusal("range", str(error), role) from error


def open_image(folder: Folder, name: str) -> Image:
    device = folder.open(name, True)
    try:
        return Image(device, True, Report(RULES, name))
    except BaseException:
        device.close()
        raise


def owned_ranges(image: Image) -> Iterator[tuple[int, int]]:
    """(offset, length) of what the file has itself; of a file without a parent, whole blocks that were touched."""
    if image.geometry.differencing:
        for extent in image.extents(0, image.size):
            if extent.kind != PARENT:
                yield extent.start, extent.length
        return
    for extent in image.extents(0, image.size):
        size = image.geometry.block_size
        for at in range(extent.start, extent.start + extent.length, size):
            if extent.kind == DATA or state_of(image.table.payload(at // size)) != NOT_PRESENT:
                yield at, min(size, image.size - at)


def without_points(fine: Fine) -> Fine:
    return Fine(fine.granule, fine.size, 0, fine.identity, {})
