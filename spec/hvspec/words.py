"""What an author meant who wrote a word or sign of another language, or mistyped one of this."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from difflib import get_close_matches
from types import MappingProxyType

from hvmodel.source import Span

from .diagnostic import Edit, Fix
from .text import Text

_FOREIGN: Mapping[str, str] = MappingProxyType(
    {
        "forall": "all",
        "exists": "some",
        "foreach": "each",
        "for": "each",
        "elif": "else if",
        "elsif": "else if",
        "elseif": "else if",
        "throw": "fail",
        "raise": "fail",
        "catch": "recover",
        "except": "recover",
        "assert": "require",
        "wait": "await",
        "def": "fun",
        "function": "fun",
        "variable": "var",
        "class": "actor",
        "process": "actor",
        "theorem": "property",
        "True": "true",
        "False": "false",
        "null": "none",
        "None": "none",
        "import": "use",
        "globally": "always",
        "finaly": "finally",
    }
)
_SIGNS: Mapping[str, str] = MappingProxyType(
    {"&&": "and", "||": "or", "&": "and", "|": "or", "!": "not ", "=>": "implies", "<-": ":=", "∧": "and", "∨": "or"}
    | {"¬": "not ", "→": "->", "≠": "!=", "≤": "<=", "≥": ">=", "–": "-", "“": '"', "”": '"', "∀": "all ", "∃": "some "}
)
STATEMENTS = frozenset(
    {"step", "each", "all", "if", "try", "within", "fail", "rethrow", "require", "await", "choose", "loop", "crash"}
    | {"restart", "let", "else", "recover", "finally", "break", "inherited"}
)
_MEMBERS = frozenset({"on", "when", "op", "fun", "var", "ghost", "volatile", "override"})
_SIGN = re.compile(r"&&|\|\||=>|<-|.", re.DOTALL)
_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def sign(text: str, start: int, span: Span) -> Fix | None:
    """The mend of a character that no token begins with, at an index of the text; `span` covers the character."""
    found = _SIGN.match(text, start)
    if found is None:
        return None
    if found[0] == "=":
        return _one_sign(span, "to assign", ":=") if text[start + 1 : start + 2] != ">" else None
    if found[0] == "'":
        return _quoted(text, start, span)
    if found[0] not in _SIGNS:
        return None
    width = Span(span.file, span.line, span.column, span.line, span.column + len(found[0]))
    return Fix(f"write `{_SIGNS[found[0]].strip()}`", width, _SIGNS[found[0]])


def _one_sign(span: Span, purpose: str, replacement: str) -> Fix:
    return Fix(f"write {replacement} {purpose}", span, replacement)


def _quoted(text: str, start: int, span: Span) -> Fix:
    """Text in single quotes becomes text in double ones, if it is closed on its line."""
    advice = 'write text in double quotes: "..."'
    end = text.find("'", start + 1)
    if end < 0 or "\n" in text[start:end] or '"' in text[start:end]:
        return Fix(advice)
    width = end - start + 1
    whole = Span(span.file, span.line, span.column, span.line, span.column + width)
    return Fix(advice, whole, f'"{text[start + 1 : end]}"')


def word(text: str, start: int, token: str, span: Span, expected: Collection[str]) -> Fix | None:
    """The mend of a token that cannot stand here: the word before it, or itself, was meant to be another.

    `expected` are the words of the language that could stand here.
    """
    known = sorted(one for one in expected if _WORD.fullmatch(one) and len(one) > 2)
    before = _before(text, start)
    for found, place in ((token, span), (before[0], _moved(span, text, start, before[1]))):
        if found in _FOREIGN and place is not None:
            return Fix(f"write `{_FOREIGN[found]}`", place, _FOREIGN[found])
    if before[0] == "lossy" and (place := _moved(span, text, start, before[1])) is not None:
        return Fix("only what is sent with `~>` is lossy", place, "")
    if text[start : start + 2] in _SIGNS:
        return sign(text, start, span)
    depth = _depth(text[:start])
    if token in _MEMBERS and depth > 1:
        return Fix("close the brace before it", _before_it(span), "} ")
    signs = {one for one in expected if not _WORD.fullmatch(one)}
    if token in (":", "|") and "." in signs:
        return Fix("write `.` before what is said of it", span, ".")
    if token == "}" and "{" in signs and "none" not in expected:
        return Fix("give it a body, for now an empty one", _before_it(span), "{ } ")
    if token in (",", "then", "do", "begin", "end") or (token in (")", "]", "}") and depth <= 0):
        return Fix("leave it out", span, "")
    if set(expected) == signs and len(signs) == 1:
        return Fix(f"write `{min(signs)}` before it", _before_it(span), f"{min(signs)} ")
    close = get_close_matches(token, known, 1, 0.7) if _WORD.fullmatch(token) else []
    if close:
        return Fix(f"did you mean `{close[0]}`?", span, close[0])
    return None


def foreign(token: str) -> str:
    """The word of the language for one of another; "" if none is known."""
    return _FOREIGN.get(token, "")


def _depth(text: str) -> int:
    """How many brackets are open at the end of a text."""
    bare = re.sub(r'#[^\n]*|"[^"\n]*"', "", text)
    return sum((one in "{([") - (one in "})]") for one in bare)


def _before_it(span: Span) -> Span:
    return Span(span.file, span.line, span.column, span.line, span.column)


def _before(text: str, start: int) -> tuple[str, int]:
    """The word that ends before an index of the text, and where it begins."""
    found = re.search(r"([A-Za-z_][A-Za-z0-9_]*)\s*\Z", text[:start])
    return (found[1], found.start(1)) if found else ("", start)


def _moved(span: Span, text: str, start: int, at: int) -> Span | None:
    """The span of the word at an index before the span, if it is on the same line."""
    gap = text[at:start]
    if "\n" in gap:
        return None
    column = span.column - (start - at)
    return Span(span.file, span.line, column, span.line, column + len(gap.rstrip()))


def mistyped_before(text: str, start: int, span: Span, starters: Iterable[str]) -> Fix | None:
    """`protocl P`: the word before an unexpected one was to begin a declaration or statement."""
    found, at = _before(text, start)
    place = _moved(span, text, start, at)
    close = get_close_matches(found, sorted({*starters, *STATEMENTS}), 1, 0.75) if place is not None and found else []
    return Fix(f"did you mean `{close[0]}`?", place, close[0]) if close and place and close[0] != found else None


def parenthesised(text: str, at: int, span: Span) -> Fix | None:
    """`x and all v: S . e`: the quantifier that begins at an index, and all that follows it, in parentheses.

    None where it has some already, or names nothing.

    `span` is that of the token after the quantifier's word, on any line.
    """
    message = "put the quantifier in parentheses"
    if text[:at].endswith("((") or not re.match(r"(?:all|some)\s+[A-Za-z_]", text[at:]):
        return None
    depth, end = 0, len(text)
    for index in range(at, len(text)):
        depth += (text[index] in "([{") - (text[index] in ")]}")
        if depth < 0:
            end = index
            break
    tail = re.search(r"\s+(?:witness|by|leads)\b|\s*(?:#[^\n]*\s*)*\Z", text[at:end])
    end = at + tail.start() if tail else end
    known = Text(text)
    zero = known.span(span.file, at, at)
    return Fix(message, zero, "(", (Edit(known.span(span.file, end, end), ")"),))
