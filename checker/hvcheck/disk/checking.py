"""Every rule that a file breaks, and mending what can be mended."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from hvcheck.disk.opening import Kind, kind_of, opened, report_for
from hvmodel.stores.folder import SystemFolder
from hvmodel.stores.refusal import Finding, Refused, Report
from hvmodel.stores.vhdx import header
from hvmodel.stores.vhdx.identifiers import REGION_OFFSETS
from hvmodel.stores.vhdx.image import Image
from hvmodel.stores.vhdx.rules import RULES
from hvmodel.stores.vhdx.writer import Writer


def check(path: Path, elsewhere: Sequence[Path] = ()) -> tuple[Kind, tuple[Finding, ...]]:
    """All findings of the file and its parents, up to one after which nothing can be read. Raises OSError."""
    kind = kind_of(path)
    report = report_for(kind, path.name, gathering=True)
    try:
        with opened(path, elsewhere, report, kind):
            pass
    except Refused as refusal:
        report.findings.append(refusal.finding)
    return kind, tuple(report.findings)


def repair(path: Path) -> tuple[Finding, ...]:
    """Replay the log and rewrite damaged copies of headers and region tables; gives what was mended.

    Raises Refused, with the file untouched, when it is broken beyond that; OSError.
    """
    folder = SystemFolder(path.parent)
    report = Report(RULES, path.name, gathering=True)
    device = folder.open(path.name, True)
    try:
        Image(device, report=Report(RULES, path.name))
        image = Image(device, True, report)
        mended = tuple(report.findings)
        if any(finding.code in ("header-copy", "region-copy") for finding in mended):
            _rewrite_copies(image)
        return mended
    finally:
        device.close()
        folder.close()


def _rewrite_copies(image: Image) -> None:
    writer = Writer(image)
    writer.begin(visible=False)
    image.current = header.update(image.device, image.current, image.current.header)
    table = image.regions.encode()

    def put() -> None:
        for at in REGION_OFFSETS:
            image.pages.write(at, table)

    writer.transact(put)
    writer.close()
