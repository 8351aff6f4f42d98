"""`hvcheck fmt`: lay specs out in one steady way, changing nothing of what they say."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from typing import Literal as OneOf

import click

from hvmodel.dataclass import dataclass
from hvspec.diagnostic import Diagnostic

from .loading import EXIT_SPEC, explain_diagnostics
from .options import json_option
from .writing import write_whole

EXIT_CHANGED, EXIT_USAGE = 1, 2
STANDARD_INPUT = "-"
_LARGEST = 8_000_000


@dataclass(frozen=True, slots=True)
class _Seen:
    """One file: what is to be done with it. `text` is the new text, None if there is none."""

    file: str
    state: OneOf["same", "changed", "refused", "unreadable"]
    text: str | None = None
    message: str = ""
    before: str = ""
    diagnostics: tuple[Diagnostic, ...] = ()


@click.command("fmt", short_help="Lay out specs in one steady way.")
@click.argument("names", metavar="FILE...", nargs=-1, required=True)
@click.option("--check", is_flag=True, help="Write nothing; list the files that would change and exit with 1.")
@json_option
def command(names: tuple[str, ...], check: bool, as_json: bool) -> int:
    """Lay out each FILE: two columns for each brace, lines of at most 120 columns where they can be folded.

    Comments stay where they are, columns that you have aligned stay aligned, and no word is added, dropped or moved:
    that is checked before anything is written. A file with mistakes is left alone (exit code 3). `-` reads standard
    input and writes standard output.

    \b
    hvcheck fmt my.hvs
    hvcheck fmt --check *.hvs
    hvcheck fmt - < my.hvs
    """
    if STANDARD_INPUT in names and (len(names) > 1 or (as_json and not check)):
        raise click.UsageError("- stands alone, and without --json unless --check is given")
    seen = [_look(name) for name in dict.fromkeys(names)]
    for one in seen:
        if not check and one.text is not None and (one.state == "changed" or one.file == STANDARD_INPUT):
            _write(one.file, one.text)
        if not as_json:
            _say(one, check)
    if as_json:
        click.echo(json.dumps([_json(one, check) for one in seen], indent=2))
    return max(_codes(seen, check), default=0)


def _codes(seen: list[_Seen], check: bool) -> Iterator[int]:
    codes = {"same": 0, "changed": EXIT_CHANGED if check else 0, "refused": EXIT_SPEC, "unreadable": EXIT_USAGE}
    yield from (codes[one.state] for one in seen)


def _look(name: str) -> _Seen:
    from hvspec.format import format_text

    try:
        data = sys.stdin.buffer.read() if name == STANDARD_INPUT else _bytes(Path(name))
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        return _Seen(name, "unreadable", message=f"{name}: not text in UTF-8 (byte {error.start})")
    except OSError as error:
        return _Seen(name, "unreadable", message=f"{name}: {error.strerror or error}")
    found = format_text(text.removeprefix("\ufeff"), name)
    if found.text is None:
        return _Seen(name, "refused", None, found.refusal, text, found.diagnostics)
    return _Seen(name, "same" if found.text == text else "changed", found.text)


def _bytes(path: Path) -> bytes:
    if not path.is_file():
        raise OSError(2, "not a file" if path.exists() else "there is no such file")
    if path.stat().st_size > _LARGEST:
        raise OSError(27, "too large to be a spec")
    return path.read_bytes()


def _write(name: str, text: str) -> None:
    """The file whole or not at all: whoever reads it meanwhile sees the old one."""
    if name == STANDARD_INPUT:
        sys.stdout.buffer.write(text.encode("utf-8"))
        sys.stdout.flush()
        return
    write_whole(name, text)


def _say(one: _Seen, check: bool) -> None:
    if one.state == "changed" and one.file != STANDARD_INPUT:
        click.echo(f"{one.file}: {'would change' if check else 'laid out'}")
    elif one.state == "changed" and check:
        click.echo("standard input: would change")
    elif one.state == "unreadable":
        click.echo(f"hvcheck: {one.message}", err=True)
    elif one.state == "refused":
        explain_diagnostics(one.diagnostics, {one.file: one.before})
        reason = f"{one.message}; please report a defect of hvcheck" if one.message else "it has mistakes"
        click.echo(f"hvcheck: {one.file} is left as it is: {reason}", err=True)


def _json(one: _Seen, check: bool) -> dict[str, Any]:
    from hvcheck.report.json import diagnostic_json

    written = one.state == "changed" and not check
    diagnostics = [diagnostic_json(diagnostic) for diagnostic in one.diagnostics]
    return {
        "file": one.file,
        "state": one.state,
        "written": written,
        "message": one.message,
        "diagnostics": diagnostics,
    }
