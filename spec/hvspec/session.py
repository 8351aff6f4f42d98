"""A spec that is being written: after each edit the same diagnostics as `load` gives, but only what changed is read.

A declaration whose text is unchanged is not parsed again, and not checked again unless what it names has changed
(`memory.py`). So that it can move to other lines, it is read as a file of its own: its places count from its own first
line, and are brought to where it stands when a diagnostic is given out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from itertools import pairwise
from pathlib import Path

from hvmodel.source import Span

from .check import check
from .diagnostic import Diagnostic, Edit, Fix, Related, in_order
from .library import Source
from .lint import lint
from .load import load_source
from .memory import Memory
from .mend import with_fixes
from .parser import MAX_CHARACTERS, Chunk, Parsed, chunks, parse_chunk, together, too_long
from .problem import SpecError
from .program import Program, assemble
from .spec import Spec

_MARK = "\0"
"""Between a file's name and the number of a declaration in it: no file has a name with it."""


class Session:
    """One text and what is wrong with it. `folder` is where modules beside it are looked for."""

    def __init__(self, text: str, file: str = "spec.hvs", folder: Path | None = None) -> None:
        self.file, self.folder, self.text = file, folder, text
        self._reader = _Reader()
        self._memory = Memory(lasting=True)
        self.diagnostics: tuple[Diagnostic, ...] = self._diagnose()

    def edit(self, start: int, end: int, replacement: str) -> tuple[Diagnostic, ...]:
        """Replace the characters from an index of the text up to another; what is wrong then."""
        return self.change(self.text[:start] + replacement + self.text[end:])

    def change(self, text: str) -> tuple[Diagnostic, ...]:
        """Take a whole new text; what is wrong with it."""
        self.text = text
        self.diagnostics = self._diagnose()
        return self.diagnostics

    def spec(self) -> Spec | None:
        """The spec, ready to be compiled; None if it has errors. Read from the start: its places are the file's."""
        return load_source(self._source())[0]

    def _source(self) -> Source:
        return Source(self.file, self.text, self.folder)

    def _diagnose(self) -> tuple[Diagnostic, ...]:
        for _ in range(2):
            self._reader.begin()
            try:
                found = self._found(assemble(self._source(), self._reader.read))
                return in_order(self._reader.placed(one) for one in found)
            except _GoneError:
                # What was found earlier speaks of a declaration that is written differently now.
                self._memory.forget()
            except SpecError as error:
                return (self._reader.placed(error.diagnostic),)
            except RecursionError:
                return (Diagnostic("HV006", "nested too deeply to be read", Span(self.file, 1, 1, 1, 1)),)
        raise AssertionError("a fresh check speaks of what is there")

    def _found(self, program: Program) -> tuple[Diagnostic, ...]:
        program.sources.update(self._reader.texts)
        found = check(program, self._memory)
        if not any(one.severity == "error" for one in found):
            found += lint(program, self._memory)
        return with_fixes(found, program)


class _GoneError(Exception):
    """A diagnostic of an earlier check is about a declaration that is there no longer."""


@dataclass(slots=True)
class _Reader:
    """Reads files declaration by declaration, and remembers what it has read."""

    texts: dict[str, str] = field(default_factory=dict)
    _known: dict[tuple[str, str, int], tuple[str, Parsed]] = field(default_factory=dict)
    _used: dict[tuple[str, str, int], tuple[str, Parsed]] = field(default_factory=dict)
    _lines: dict[str, int] = field(default_factory=dict)
    _cuts: dict[str, tuple[str, tuple[Chunk, ...]]] = field(default_factory=dict)
    _count: int = 0

    def begin(self) -> None:
        """Forget the declarations that the last text did not have."""
        self._known = self._used or self._known
        self._used, self._lines, self.texts = {}, {}, {}

    def read(self, text: str, file: str) -> Parsed:
        if len(text) > MAX_CHARACTERS:
            return too_long(text, file)
        before, cut = self._cuts.get(file, ("", ()))
        cut = recut(before, cut, text)
        self._cuts[file] = text, cut
        times: Counter[str] = Counter()
        return together(self._part(chunk, file, times) for chunk in cut)

    def _part(self, chunk: Chunk, file: str, times: Counter[str]) -> Parsed:
        key = file, chunk.text, times[chunk.text]
        times[chunk.text] += 1
        found = self._known.get(key)
        if found is None:
            self._count += 1
            name = f"{file}{_MARK}{self._count}"
            found = name, parse_chunk(Chunk(chunk.text, 1), name)
        self._used[key] = found
        name, parsed = found
        self._lines[name] = chunk.line - 1
        self.texts[name] = chunk.text
        return parsed

    # ---------------------------------------------------------------- places
    def placed(self, one: Diagnostic) -> Diagnostic:
        """A diagnostic with the places of the whole files. Raises _GoneError."""
        related = tuple(Related(other.message, self._span(other.span)) for other in one.related)
        return replace(one, span=self._span(one.span), related=related, fix=self._fix(one.fix))

    def _fix(self, fix: Fix | None) -> Fix | None:
        if fix is None:
            return None
        more = tuple(Edit(self._span(edit.span), edit.replacement) for edit in fix.more)
        return Fix(fix.message, self._span(fix.span), fix.replacement, more)

    def _span(self, span: Span) -> Span:
        file, mark, _ = span.file.partition(_MARK)
        if not mark:
            return span
        if span.file not in self._lines:
            raise _GoneError
        lines = self._lines[span.file]
        return Span(file, span.line + lines, span.column, span.end_line + lines, span.end_column)


def recut(before: str, known: tuple[Chunk, ...], text: str) -> tuple[Chunk, ...]:
    """The chunks of a text, most of them as they were known of the text before."""
    same = _same_start(before, text)
    kept = [one for one, after in pairwise(known) if after.at + _LONGEST_STARTER < same]
    if not known or not kept:
        return tuple(chunks(text))
    tail = _same_start(before[::-1], text[::-1])
    moved = len(text) - len(before)
    # A chunk's columns are those of its line, so the whole line must be the same.
    unchanged = len(text) - tail
    old: Mapping[int, int] = {one.at + moved: index for index, one in enumerate(known)}
    done = kept
    for one in chunks(text, known[len(kept)]):
        index = old.get(one.at)
        if index is not None and text.rfind("\n", 0, one.at) >= unchanged and known[index].previous == one.previous:
            lines = one.line - known[index].line
            done += [replace(rest, line=rest.line + lines, at=rest.at + moved) for rest in known[index:]]
            break
        done.append(one)
    return tuple(done)


_LONGEST_STARTER = 40
"""No word that starts a declaration is longer, with what may stand between."""


def _same_start(one: str, other: str) -> int:
    """How many characters two texts have in common from the start."""
    low, high = 0, min(len(one), len(other))
    while low < high:
        middle = (low + high + 1) // 2
        if one[low:middle] == other[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low
