"""The formatter: lays a text out, and hands it over only if it is proved to say what it said before."""

from __future__ import annotations

from hvmodel.dataclass import dataclass
from hvspec.diagnostic import Diagnostic
from hvspec.parser import parse

from .layout import laid_out
from .lexeme import lexemes, lines_of
from .same import same

MAX_ROUNDS = 8


@dataclass(frozen=True, slots=True)
class Formatted:
    """`text` is None if the text was refused: `diagnostics` says what cannot be read, else `refusal` why not."""

    text: str | None
    diagnostics: tuple[Diagnostic, ...] = ()
    refusal: str = ""


def format_text(text: str, file: str) -> Formatted:
    """The text in the steady layout; refused if it cannot be read or would not stay the same. Never raises.

    A text that is already laid out so comes back as it is: formatting twice is formatting once.
    """
    before = parse(text, file)
    if before.diagnostics:
        return Formatted(None, before.diagnostics)
    found = _settled(text)
    if found is None:
        return Formatted(None, refusal="its layout does not settle")
    if lexemes(found) != lexemes(text):
        return Formatted(None, refusal="a word or a comment would change")
    after = parse(found, file)
    if after.diagnostics or not same(before.declarations, after.declarations):
        return Formatted(None, refusal="it would be read differently")
    return Formatted(found)


def _settled(text: str) -> str | None:
    """Laid out until nothing changes any more; None if that does not happen."""
    text = text.replace("\r\n", "\n")
    for _ in range(MAX_ROUNDS):
        found = "\n".join(laid_out(lines_of(text)))
        found = found + "\n" if found else ""
        if found == text:
            return found
        text = found
    return None
