"""Carrying out fixes: on a text once, or until nothing is left that a fix can mend."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from hvmodel.dataclass import dataclass

from ..diagnostic import Diagnostic, Edit
from ..text import Text, replaced

MAX_ROUNDS = 20
"""Each round mends what the one before made readable; a fix that only begets others ends here."""


@dataclass(frozen=True, slots=True)
class Mended:
    """A text after fixes: what was mended, and what is still said of it."""

    text: str
    mended: tuple[Diagnostic, ...]
    left: tuple[Diagnostic, ...]


def apply_fixes(text: str, file: str, diagnostics: Iterable[Diagnostic]) -> tuple[str, tuple[Diagnostic, ...]]:
    """The text with every fix that can be carried out, and the diagnostics so answered.

    Errors come before warnings; of fixes that touch the same place the first counts. Never raises.
    """
    known = Text(text)
    chosen: dict[Edit, tuple[int, int]] = {}
    answered: list[Diagnostic] = []
    for one in sorted(diagnostics, key=lambda one: (one.severity, one.span, one.code)):
        edits = one.fix.edits if one.fix else ()
        if not edits or any(edit.span.file != file or edit.span.line < 1 for edit in edits):
            continue
        new = {edit: known.range(edit.span) for edit in edits if edit not in chosen}
        if any(_clash(place, other) for place in new.values() for other in chosen.values()):
            continue
        chosen.update(new)
        answered.append(one)
    return replaced(text, chosen), tuple(answered)


def _clash(one: tuple[int, int], other: tuple[int, int]) -> bool:
    """Whether two places overlap; two insertions at the same place have no order, so they do."""
    return one == other or (one[0] < other[1] and other[0] < one[1])


def mend(text: str, file: str, diagnose: Callable[[str], tuple[Diagnostic, ...]]) -> Mended:
    """Fixes carried out again and again: of errors if there are any, else of warnings. Never raises.

    What an error leaves unused is not taken away in the same go: its author may have meant to use it. A round that
    would bring back a text seen before is not done, so this ends.
    """
    seen = {text}
    mended: list[Diagnostic] = []
    found = diagnose(text)
    mended_severity = "error" if any(one.severity == "error" for one in found) else "warning"
    for _ in range(MAX_ROUNDS):
        after, answered = apply_fixes(text, file, (one for one in found if one.severity == mended_severity))
        if after in seen:
            break
        seen.add(after)
        text, found = after, diagnose(after)
        mended += answered
    return Mended(text, tuple(mended), found)
