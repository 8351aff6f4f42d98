"""A VHD file and its ancestors, found by base name in the same folder, read as one disk."""

from __future__ import annotations

from hvmodel.stores.folder import Folder, NotRegularError, plain_name
from hvmodel.stores.pieces import Chain
from hvmodel.stores.refusal import Report
from hvmodel.stores.vhd.image import VhdImage
from hvmodel.stores.vhd.rules import RULES

MAX_DEPTH = 256


def open_vhd(folder: Folder, name: str, report: Report | None = None) -> Chain[VhdImage]:
    """The file `name` and all its ancestors, read-only. Raises Refused, UnsafeNameError, OSError."""
    report = report if report is not None else Report(RULES, name)
    images: list[VhdImage] = []
    seen = {folder.identity(name)}
    try:
        images.append(VhdImage(folder.open(name), report))
        while images[-1].differencing:
            parent = _parent_name(images[-1], report)
            if len(images) >= MAX_DEPTH:
                report.fatal("vhd-parent-depth", "depth", f"more than {MAX_DEPTH}")
            above = Report(report.rules, parent, report.gathering, report.limit, report.findings)
            images.append(_open_parent(folder, parent, seen, report, above))
            if images[-1].footer.identity != images[-2].header.parent_id:
                report.error("vhd-parent-id", "unique id of the parent", images[-1].footer.identity)
            report = above
    except BaseException:
        for image in images:
            image.close()
        raise
    return Chain(images)


def _parent_name(child: VhdImage, report: Report) -> str:
    name = child.header.parent_name.replace("\\", "/").rpartition("/")[2]
    if not plain_name(name):
        report.fatal("vhd-parent-name", "parent unicode name", repr(child.header.parent_name[:60]))
    return name


def _open_parent(folder: Folder, name: str, seen: set[tuple[int, int]], report: Report, above: Report) -> VhdImage:
    try:
        identity = folder.identity(name)
        if identity in seen:
            report.fatal("vhd-parent-cycle", "parent", name)
        seen.add(identity)
        device = folder.open(name)
    except NotRegularError:
        report.fatal("vhd-parent-missing", "parent", f"{name} (not a regular file)")
    except OSError as error:
        report.fatal("vhd-parent-missing", "parent", f"{name} ({error.strerror or error})")
    return VhdImage(device, above)
