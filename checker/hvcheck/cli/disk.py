"""`hvcheck disk`: look at, check, make and compare virtual disk images."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from typing import Any

import click

EXIT_FINDING, EXIT_USAGE, EXIT_MALFORMED = 1, 2, 3
_UNITS = {"": 1, "B": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30, "T": 1 << 40}


@click.group("disk")
def command() -> None:
    """Look at, check, make and compare virtual disk images.

    \b
    Read: VHDX, AVHDX chains, VHD Sets, VHD 1.0, raw. Written: VHDX and raw.
    Nothing is written unless the command says so: check --repair, create, fork, merge, convert, map --svg.
    Exit codes: 0 nothing found, 1 findings or differences, 2 wrong usage, 3 a malformed file.
    """


class Size(click.ParamType):  # type: ignore[type-arg]
    """A number of bytes with an optional K, M, G or T (powers of 1024)."""

    name = "size"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        found = re.fullmatch(r"(\d+)([KMGT]?)(?:i?B)?", str(value).strip(), re.IGNORECASE)
        if not found:
            self.fail(f"{value!r} is not a size such as 512, 64K, 10G", param, ctx)
        return int(found[1]) * _UNITS[found[2].upper()]


SIZE = Size()
FILE = click.Path(exists=True, dir_okay=False, path_type=Path, resolve_path=True)
NEW = click.Path(path_type=Path, resolve_path=True)
as_json = click.option("--json", "plain", is_flag=True, help="Print JSON instead of tables.")
parents_in = click.option(
    "--parents-in",
    "elsewhere",
    multiple=True,
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="A folder that may be searched for parents too. By default only the file's own folder is.",
)


def reports(function: Callable[..., int]) -> Callable[..., int]:
    """Turn what the stores raise into one line and an exit code."""

    @wraps(function)
    def wrapped(*arguments: Any, **options: Any) -> int:
        from hvmodel.stores.folder import NotRegularError, UnsafeNameError
        from hvmodel.stores.refusal import Refused

        try:
            return function(*arguments, **options)
        except Refused as refusal:
            from hvcheck.disk.show import findings

            for line in findings([refusal.finding]):
                click.echo(line, err=True)
            return EXIT_MALFORMED
        except (FileExistsError, NotRegularError, UnsafeNameError, OverflowError, ValueError) as error:
            click.echo(f"hvcheck: {getattr(error, 'filename', None) or ''}{_reason(error)}", err=True)
            return EXIT_USAGE

    return wrapped


def _reason(error: Exception) -> str:
    text = getattr(error, "strerror", None) or str(error)
    return f": {text}" if getattr(error, "filename", None) else text


def _say(lines: Iterable[str]) -> None:
    for line in lines:
        click.echo(line)


def _json(plain: Any) -> None:
    click.echo(json.dumps(plain, indent=2))


@contextmanager
def _progress(what: str) -> Iterator[Callable[[int, int], None]]:
    """Takes bytes done and bytes in all; a bar on a terminal's standard error, nothing elsewhere."""
    if not sys.stderr.isatty():
        yield lambda _done, _total: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn(what), BarColumn(), DownloadColumn(binary_units=True), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(what, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def _run(what: str, steps: Iterator[tuple[int, int]]) -> None:
    with _progress(what) as watch:
        for done, total in steps:
            watch(done, total)


@command.command("info")
@click.argument("file", type=FILE)
@parents_in
@as_json
@reports
def info(file: Path, elsewhere: tuple[Path, ...], plain: bool) -> int:
    """What FILE and its parents are."""
    from hvcheck.disk import describe, show
    from hvcheck.disk.opening import opened

    with opened(file, elsewhere) as disk:
        tables = describe.describe(disk)
    _json(tables) if plain else _say(show.description(tables))
    return 0


@command.command("check")
@click.argument("file", type=FILE)
@click.option("--repair", is_flag=True, help="WRITES: replay the log, rewrite damaged copies of headers and tables.")
@parents_in
@as_json
@reports
def check(file: Path, repair: bool, elsewhere: tuple[Path, ...], plain: bool) -> int:
    """Name every rule that FILE or a parent breaks, with offset and section. Exits 1 for damage, 3 for errors."""
    from hvcheck.disk import checking, show

    mended = checking.repair(file) if repair else ()
    kind, found = checking.check(file, elsewhere)
    if plain:
        listed = {"findings": found, "mended": mended}
        _json({"format": kind} | {key: [show.finding_json(one) for one in value] for key, value in listed.items()})
    else:
        _say(f"mended: {line}" for line in show.findings(mended) if not line.startswith(" "))
        _say(show.findings(found))
        _say([f"{file.name}: {_verdict(kind, len(found))}"])
    if any(one.severity == "error" for one in found):
        return EXIT_MALFORMED
    return EXIT_FINDING if found else 0


def _verdict(kind: str, count: int) -> str:
    if kind == "raw":
        return "no known signature, taken for a raw image: there is nothing to check"
    return f"{count} finding{'s' if count != 1 else ''}" if count else "sound"


@command.command("map")
@click.argument("file", type=FILE)
@click.option("--svg", type=NEW, help="WRITES: the picture as SVG into this file.")
@click.option("--cells", type=click.IntRange(16, 65536), default=1024, show_default=True, help="At most so many cells.")
@parents_in
@as_json
@reports
def map_(file: Path, svg: Path | None, cells: int, elsewhere: tuple[Path, ...], plain: bool) -> int:
    """Draw which file of the chain owns which part of the disk. Owner 0 is FILE itself."""
    from hvcheck.disk import mapping, show
    from hvcheck.disk.opening import opened

    with opened(file, elsewhere) as disk:
        if plain:
            found = ({"offset": r.start, "length": r.length, "owner": r.level} for r in mapping.runs(disk.chain))
            _json({"files": disk.names, "runs": list(found)})
        picture = None if plain and svg is None else mapping.picture(disk.chain, cells)
        if picture is not None and not plain:
            _say(show.picture(picture, disk.names))
        if picture is not None and svg is not None:
            svg.write_text(mapping.svg(picture, disk.names), encoding="utf-8")
    return 0


@command.command("create")
@click.argument("file", type=NEW)
@click.option("--size", type=SIZE, required=True, help="Of the virtual disk: 10G, 512M.")
@click.option("--block-size", type=SIZE, default=32 << 20, show_default="32M", help="A power of two, 1M to 256M.")
@click.option("--sector", type=click.Choice(["512", "4096"]), default="512", show_default=True)
@click.option("--fixed", is_flag=True, help="Allocate every block at once.")
@reports
def create(file: Path, size: int, block_size: int, sector: str, fixed: bool) -> int:
    """WRITES: a new empty VHDX file, dynamic unless --fixed."""
    from hvcheck.disk import changing
    from hvmodel.stores.vhdx.create import Design

    changing.create(file, Design(size, block_size, int(sector), fixed=fixed))
    return 0


@command.command("fork")
@click.argument("parent", type=FILE)
@click.argument("child", type=NEW)
@click.option("--block-size", type=SIZE, default=2 << 20, show_default="2M", help="A power of two, 1M to 256M.")
@reports
def fork(parent: Path, child: Path, block_size: int) -> int:
    """WRITES: a new differencing file CHILD over PARENT, in the same folder. PARENT must not be changed after."""
    from hvcheck.disk import changing

    changing.make_child(parent, child, block_size)
    return 0


@command.command("merge")
@click.argument("child", type=FILE)
@reports
def merge(child: Path) -> int:
    """WRITES: move CHILD's blocks into its parent and remove CHILD; files that stand on CHILD then stand on the parent.

    Refused when the parent has other children in the folder: the merge would break them.
    """
    from hvcheck.disk import changing

    _run("merging", changing.merge_into_parent(child))
    return 0


@command.command("convert")
@click.argument("source", type=FILE)
@click.argument("target", type=NEW)
@click.option("--to", "form", type=click.Choice(["raw", "vhdx", "vhdx-fixed"]), help="By default from TARGET's name.")
@click.option("--block-size", type=SIZE, default=32 << 20, show_default="32M", help="Of a VHDX target.")
@parents_in
@reports
def convert(source: Path, target: Path, form: Any, block_size: int, elsewhere: tuple[Path, ...]) -> int:
    """WRITES: the whole disk of SOURCE, with all its parents, as one new file TARGET."""
    from hvcheck.disk import changing

    chosen: Any = form or ("vhdx" if target.suffix.lower() == ".vhdx" else "raw")
    _run("converting", changing.convert(source, target, chosen, block_size, elsewhere))
    return 0


@command.command("compare")
@click.argument("first", type=FILE)
@click.argument("second", type=FILE)
@parents_in
@as_json
@reports
def compare(first: Path, second: Path, elsewhere: tuple[Path, ...], plain: bool) -> int:
    """Tell where the disks of two files differ. Exits 1 when they do."""
    from hvcheck.disk import show
    from hvcheck.disk.describe import bytes_text
    from hvcheck.disk.opening import opened
    from hvmodel.stores.compare import differences

    with opened(first, elsewhere) as one, opened(second, elsewhere) as two, _progress("comparing") as watch:
        found = list(differences(one.chain, two.chain, watch))
        sizes = one.chain.size, two.chain.size
    if plain:
        _json({"sizes": sizes, "differences": [{"offset": at, "length": length} for at, length in found]})
    elif found:
        total = sum(length for _, length in found)
        _say([f"{bytes_text(total)} differ in {len(found):,} ranges:", *show.ranges(found)])
    if sizes[0] != sizes[1] and not plain:
        _say([f"sizes differ: {bytes_text(sizes[0])}, {bytes_text(sizes[1])}; beyond an end are zeros"])
    elif not found and not plain:
        _say(["the disks are equal"])
    return EXIT_FINDING if found or sizes[0] != sizes[1] else 0


@command.command("changes")
@click.argument("before", type=FILE)
@click.argument("after", type=FILE)
@click.argument("reported", type=FILE)
@parents_in
@as_json
@reports
def changes(before: Path, after: Path, reported: Path, elsewhere: tuple[Path, ...], plain: bool) -> int:
    """Audit a list of changed ranges, as a change tracker REPORTED it, against the disks BEFORE and AFTER.

    \b
    REPORTED holds JSON ([[offset, length], ...] or [{"offset": ..., "length": ...}, ...])
    or lines of "offset length", in bytes, decimal or 0x.
    Exits 1 when a change is missing from the list; surplus ranges are shown only.
    """
    from hvcheck.disk import show
    from hvcheck.disk.opening import opened
    from hvcheck.disk.ranges import read_ranges
    from hvmodel.stores import compare as comparing

    claimed = read_ranges(reported)
    with opened(before, elsewhere) as one, opened(after, elsewhere) as two, _progress("comparing") as watch:
        found = comparing.audit(comparing.differences(one.chain, two.chain, watch), claimed)
    if plain:
        ranges = {"missing": found.missing, "surplus": found.surplus}
        totals = {"changed": found.changed, "reported": found.reported}
        _json(totals | {key: [{"offset": a, "length": n} for a, n in value] for key, value in ranges.items()})
    else:
        _say(show.audit(found))
    return EXIT_FINDING if found.missing else 0
