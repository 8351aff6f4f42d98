"""A diagnostic as people read it: the place in the text, what was expected and found, how to mend it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from hvcheck.chart.canvas import Line, Part, plain
from hvmodel.source import Span
from hvspec.diagnostic import Diagnostic, Fix
from hvspec.shipped import FOLDER

_TAB = "    "


def render(diagnostic: Diagnostic, sources: Mapping[str, str]) -> list[Line]:
    """The lines of one diagnostic. `sources` maps a file to its text; without it the place is named only."""
    part: Part = "bad" if diagnostic.severity == "error" else "unsure"
    head = plain(f"{diagnostic.severity}[{diagnostic.code}]", part).append(f": {diagnostic.message}", "head")
    return [head, *_body(diagnostic, sources, part)]


def render_all(diagnostics: Iterable[Diagnostic], sources: Mapping[str, str]) -> list[Line]:
    """All diagnostics in the order of the text, and a line that counts them."""
    ordered = sorted(diagnostics, key=lambda one: (one.span.file, one.span.line, one.span.column, one.code))
    lines: list[Line] = []
    for diagnostic in ordered:
        lines += [*render(diagnostic, sources), Line()]
    errors = sum(one.severity == "error" for one in ordered)
    counts = [_count(errors, "error"), _count(len(ordered) - errors, "warning")]
    return [*lines, plain(", ".join(filter(None, counts)), "bad" if errors else "unsure")] if ordered else []


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'s' * (number != 1)}" if number else ""


def _body(diagnostic: Diagnostic, sources: Mapping[str, str], part: Part) -> Iterator[Line]:
    margin = len(str(max([diagnostic.span.line, *(one.span.line for one in diagnostic.related)])))
    yield from _excerpt(diagnostic.span, sources, margin, _remark(diagnostic), part, "^")
    for related in diagnostic.related:
        yield _note(margin, "note", related.message)
        yield from _excerpt(related.span, sources, margin, "", "arrow", "-")
    if diagnostic.fix:
        yield from _mend(diagnostic.fix, sources, margin)


def _remark(diagnostic: Diagnostic) -> str:
    expected = f"expected {diagnostic.expected}" if diagnostic.expected else ""
    found = f"found {diagnostic.found}" if diagnostic.found else ""
    return ", ".join(filter(None, (expected, found)))


def _excerpt(
    span: Span, sources: Mapping[str, str], margin: int, remark: str, part: Part, marker: str
) -> Iterator[Line]:
    """The line that the span begins in, with a marker under the span."""
    source = _source_line(span, sources)
    if span.line:
        yield plain(f"{' ' * margin}--> {span}", "arrow")
    if source is None:
        if remark:
            yield plain(f"{' ' * margin} = ", "quiet").append(remark, "label")
        return
    yield plain(f"{' ' * margin} |", "quiet")
    yield plain(f"{span.line:{margin}} | ", "quiet").append(source.expandtabs(len(_TAB)), "label")
    start = len(source[: span.column - 1].expandtabs(len(_TAB)))
    one_line = span.end_line == span.line
    end = len((source[: span.end_column - 1] if one_line else source).expandtabs(len(_TAB)))
    line = plain(f"{' ' * margin} | {' ' * start}", "quiet").append(marker * max(1, end - start), part)
    yield line.append(f"{'' if one_line else ' ...'}{' ' * bool(remark)}{remark}", part)


def _source_line(span: Span, sources: Mapping[str, str]) -> str | None:
    lines = sources.get(span.file, "").splitlines()
    return lines[span.line - 1] if 0 < span.line <= len(lines) else None


def _note(margin: int, word: str, text: str) -> Line:
    return plain(f"{' ' * margin} = ", "quiet").append(f"{word}: ", "head").append(text, "label")


def _mend(fix: Fix, sources: Mapping[str, str], margin: int) -> Iterator[Line]:
    """The proposed mend, and the line as it would read if the mend is within one line."""
    yield _note(margin, "fix", fix.message)
    source = _source_line(fix.span, sources)
    line = fix.span.line
    if source is None or any(one.span.line != line or one.span.end_line != line for one in fix.edits):
        return
    mended = source
    for edit in sorted(fix.edits, key=lambda one: one.span, reverse=True):
        mended = mended[: edit.span.column - 1] + edit.replacement + mended[edit.span.end_column - 1 :]
    if fix.edits and "\n" not in mended:
        yield plain(f"{line:{margin}} + ", "quiet").append(mended.expandtabs(len(_TAB)), "good")


def sources_for(diagnostics: Iterable[Diagnostic]) -> dict[str, str]:
    """The texts that diagnostics speak of, read again: a spec with errors does not carry them."""
    sources: dict[str, str] = {}
    for diagnostic in diagnostics:
        for span in (diagnostic.span, *(related.span for related in diagnostic.related)):
            if span.file and span.file not in sources:
                sources[span.file] = _read(span.file)
    return sources


def _read(file: str) -> str:
    """Shipped files go by `eras/NAME.hvs` and `std/NAME.hvs`, others by their path; "" if there is none."""
    shipped = FOLDER / file
    try:
        return shipped.read_text("utf-8") if shipped.is_file() else Path(file).read_text("utf-8")
    except (OSError, UnicodeError):
        return ""
