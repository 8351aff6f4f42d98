"""`hvcheck check --fix`: the fixes of a spec carried out, as a difference or in the file."""

from __future__ import annotations

import difflib
from pathlib import Path
from typing import Any

from hvmodel.dataclass import dataclass
from hvspec.diagnostic import Diagnostic


@dataclass(frozen=True, slots=True)
class Fixed:
    """A spec before and after; `before` is "" and nothing is mended where there is no text to mend."""

    file: str
    before: str
    after: str
    mended: tuple[Diagnostic, ...] = ()
    left: tuple[Diagnostic, ...] = ()
    refusal: str = ""

    @property
    def changed(self) -> bool:
        return self.before != self.after


def fixed(name: str) -> Fixed:
    """Fixes carried out until none is left; shipped specs are not changed. Nothing is written."""
    from hvspec.library import Source, UnreadableError, find_spec
    from hvspec.load import diagnose
    from hvspec.mend import mend

    try:
        source = find_spec(name)
    except UnreadableError as error:
        return Fixed(name, "", "", refusal=str(error))
    if source.folder is None:
        return Fixed(name, "", "", refusal=f"{name} is shipped with hvcheck: copy it to change it")
    found = mend(source.text, source.file, lambda text: diagnose(Source(source.file, text, source.folder)))
    return Fixed(name, source.text, found.text, found.mended, found.left)


def difference(one: Fixed) -> str:
    """As `diff -u` shows it."""
    lines = difflib.unified_diff(
        one.before.splitlines(keepends=True), one.after.splitlines(keepends=True), one.file, f"{one.file} (mended)"
    )
    return "".join(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines)


def write(one: Fixed) -> None:
    """Put the mended text in the file's place; a byte order mark that the file had stays. Raises OSError."""
    from .writing import write_whole

    mark = "\ufeff" if Path(one.file).read_bytes().startswith(b"\xef\xbb\xbf") else ""
    write_whole(one.file, mark + one.after)


def fixed_json(one: Fixed, written: bool) -> dict[str, Any]:
    from hvcheck.report.json import diagnostic_json

    return {
        "changed": one.changed,
        "written": written,
        "refusal": one.refusal,
        "difference": difference(one),
        "mended": [diagnostic_json(diagnostic) for diagnostic in one.mended],
        "left": [diagnostic_json(diagnostic) for diagnostic in one.left],
    }
