"""A chart told as its run goes on: the lines of each step when it has been taken."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from hvcheck.chart.canvas import Line, plain
from hvmodel.concrete import ConformanceError

from .play import Play


def by_step(lines: Sequence[Line]) -> Mapping[int, list[Line]]:
    """The lines of a drawn chart by the step they belong to; those before the first step under 0."""
    groups: dict[int, list[Line]] = {0: []}
    at = 0
    for line in lines:
        number = next((text for text, part in line.pieces() if part == "number" and text.strip()), "")
        if number.strip().isdigit():
            at = int(number)
        groups.setdefault(at, []).append(line)
    return groups


def files_in(folder: Path) -> tuple[str, ...]:
    """Every file below a folder, by its path from there."""
    return tuple(sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()))


def disk_lines(play: Play) -> Iterator[Line]:
    """Where each disk's files are."""
    for folder, files in play.concrete.disks.values():
        yield plain(f"  {files.disk:24} {folder}: {', '.join(_names(play.folder / folder))}", "quiet")
        if files.side is not None:
            yield plain(
                f"  {'':24} {folder}-tracking: {', '.join(_names(play.folder / f'{folder}-tracking'))}", "quiet"
            )


def _names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if path.is_file())


def difference_lines(error: ConformanceError) -> Iterator[Line]:
    yield plain("DIFFERS  files and model differ after this step", "bad")
    for difference in error.differences:
        yield plain(f"  {difference}", "bad")


def refused_by_system(error: ConformanceError) -> str:
    """What the operating system refused, if that is all that went wrong: a full disk says nothing of the store."""
    faults = [difference.fault for difference in error.differences]
    if faults and all(fault is not None and fault.kind == "io" for fault in faults):
        return str(error.differences[0].found)
    return ""
