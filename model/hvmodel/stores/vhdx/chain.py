"""Opening a VHDX file with its ancestors, which are found without harm (MS-VHDX 2.6.2.6)."""

from __future__ import annotations

from collections.abc import Sequence

from hvmodel.stores.device import Device
from hvmodel.stores.folder import Folder, NotRegularError, plain_name
from hvmodel.stores.pieces import Chain
from hvmodel.stores.refusal import Report
from hvmodel.stores.vhdx.image import Image
from hvmodel.stores.vhdx.locator import Locator
from hvmodel.stores.vhdx.rules import RULES

MAX_DEPTH = 256


def open_chain(
    folder: Folder, name: str, writable: bool = False, elsewhere: Sequence[Folder] = (), report: Report | None = None
) -> Chain[Image]:
    """The file `name` of `folder` and all its ancestors; only the leaf is opened for writing.

    Ancestors are looked for by base name, in the child's folder and then in the folders of `elsewhere`, which the
    caller vouches for. Raises Refused, UnsafeNameError, OSError; nothing stays open then.
    """
    images: list[Image] = []
    seen: set[tuple[int, int]] = set()
    report = report if report is not None else Report(RULES, name)
    try:
        seen.add(folder.identity(name))
        images.append(_open(folder.open(name, writable), writable, report))
        while (locator := images[-1].metadata.locator) is not None:
            if len(images) >= MAX_DEPTH:
                report.fatal("parent-depth", "depth", f"more than {MAX_DEPTH}")
            home, parent = find_parent((folder, *elsewhere), locator, report)
            identity = home.identity(parent)
            if identity in seen:
                report.fatal("parent-cycle", "parent", parent)
            seen.add(identity)
            device = _open_parent(home, parent, report)
            above = Report(report.rules, parent, report.gathering, report.limit, report.findings)
            images.append(_open(device, False, above))
            judge_link(images[-2], images[-1], report)
            report = above
    except BaseException:
        for image in images:
            image.close()
        raise
    return Chain(images)


def _open(device: Device, writable: bool, report: Report) -> Image:
    try:
        return Image(device, writable, report)
    except BaseException:
        device.close()
        raise


def _open_parent(folder: Folder, name: str, report: Report) -> Device:
    device: Device
    try:
        device = folder.open(name)
    except NotRegularError:
        report.fatal("parent-not-regular", "parent", name)
    except OSError as error:
        report.fatal("parent-missing", "parent", f"{name} ({error.strerror or error})")
    return device


def find_parent(folders: Sequence[Folder], locator: Locator, report: Report) -> tuple[Folder, str]:
    """The first folder that has a file of one of the locator's base names. Raises Refused."""
    candidates = [path.replace("\\", "/").rpartition("/")[2] for path in locator.paths]
    names = [name for name in dict.fromkeys(candidates) if plain_name(name)]
    for folder in folders:
        for name in names:
            if _present(folder, name):
                return folder, name
    stays = [path for path in locator.paths if plain_name(path.removeprefix(".\\").removeprefix("./"))]
    code = "parent-missing" if stays else "parent-path"
    return report.fatal(code, "parent path", ", ".join(repr(path[:120]) for path in locator.paths) or "absent")


def _present(folder: Folder, name: str) -> bool:
    try:
        folder.identity(name)
    except OSError:
        return False
    return True


def judge_link(child: Image, parent: Image, report: Report) -> None:
    """Whether `parent` is what `child` was made from (2.6.2.6.3)."""
    locator = child.metadata.locator
    assert locator is not None
    guid = parent.current.header.data_write
    if guid not in locator.linkages:
        wanted = " or ".join(sorted(str(one) for one in locator.linkages))
        report.error("parent-linkage", "DataWriteGuid of the parent", f"{guid}, wanted {wanted}")
    if child.metadata.logical != parent.metadata.logical:
        report.fatal("parent-sector-size", "LogicalSectorSize", f"{child.metadata.logical}, {parent.metadata.logical}")
