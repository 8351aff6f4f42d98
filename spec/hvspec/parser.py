"""From text to a syntax tree, declaration by declaration, so that one mistake hides no other.

The text is cut into top-level declarations first; each is parsed on its own. A declaration that does not parse
gives one diagnostic, and the rest of the file is read all the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import lru_cache
from types import MappingProxyType

from lark import Token
from lark.exceptions import UnexpectedCharacters, UnexpectedEOF, UnexpectedInput, UnexpectedToken

from hvmodel.dataclass import dataclass
from hvmodel.source import Span

from .diagnostic import Diagnostic, Edit, Fix
from .syntax import Declaration
from .tables import parser
from .tree import TreeBuilder
from .words import mistyped_before, parenthesised, sign, word

MAX_CHARACTERS = 2_000_000
MAX_NESTING = 100

_STARTERS = frozenset(
    {"module", "era", "use", "needs", "sort", "enum", "const", "param", "budget", "place", "record", "interface"}
    | {"storage", "volatile", "var", "ghost", "actor", "service", "protocol", "fair", "env", "fault", "property"}
    | {"cover", "invariant", "scope", "scenario", "expect", "measure", "fun", "channel", "about"}
)
# After these a starter is a second word of the same declaration, or the name of a module.
_PREFIXES = frozenset({"needs", "volatile", "fair", "module", "era", "use", ","})
_DECLARED = re.compile(r"\A\s*(?:(?:volatile|fair)\s+)?[a-z]+\s+([A-Za-z_][A-Za-z0-9_]*)")
_SCAN = re.compile(r'#[^\n]*|"[^"\n]*"?|[A-Za-z_][A-Za-z0-9_]*|[{}()\[\]]|\n|[ \t\r\f]+|.')


@dataclass(frozen=True, slots=True)
class Chunk:
    """The text of one top-level declaration and the line where it starts.

    A declaration in the middle of a line is indented by as many blanks as there are columns before it. `at` is the
    index of its first word in the whole text, and `previous` the word before that.
    """

    text: str
    line: int
    at: int = 0
    previous: str = ""


@dataclass(frozen=True, slots=True)
class Parsed:
    """`unread` are the names that the declarations with mistakes were about to declare."""

    declarations: tuple[Declaration, ...]
    diagnostics: tuple[Diagnostic, ...]
    unread: frozenset[str] = frozenset()


@lru_cache(maxsize=16)
def parse(text: str, file: str) -> Parsed:
    """Every declaration that could be read, and what is wrong with the others. Never raises.

    The eras share their modules: a text that was just read is not read again.
    """
    if len(text) > MAX_CHARACTERS:
        return too_long(text, file)
    return together(parse_chunk(chunk, file) for chunk in chunks(text))


def too_long(text: str, file: str) -> Parsed:
    message = f"the file has {len(text)} characters; more than {MAX_CHARACTERS} are not read"
    return Parsed((), (Diagnostic("HV007", message, Span(file, 1, 1, 1, 1)),))


def together(parts: Iterable[Parsed]) -> Parsed:
    """What was read of the parts of a text, in their order."""
    known = list(parts)
    return Parsed(
        tuple(declaration for part in known for declaration in part.declarations),
        tuple(diagnostic for part in known for diagnostic in part.diagnostics),
        frozenset[str]().union(*(part.unread for part in known)),
    )


def parse_chunk(chunk: Chunk, file: str) -> Parsed:
    """The declarations of one chunk, its lines counted from the chunk's line."""
    found = _parse_chunk(chunk, file)
    if isinstance(found, Diagnostic):
        return Parsed((), (found,), frozenset(_DECLARED.findall(chunk.text)))
    return Parsed(found, ())


def begins_declaration(token: str, previous: str) -> bool:
    """Whether a word outside brackets starts a top-level declaration; `previous` is the word before it or ""."""
    return token in _STARTERS and previous not in _PREFIXES


def chunks(text: str, first: Chunk | None = None) -> Iterator[Chunk]:
    """Cut before every word that starts a declaration, outside brackets or in the first column.

    With the first chunk given, go on from there: whatever was cut off before makes no difference.
    """
    found = first or Chunk("", 1)
    line, depth, previous = found.line, 0, found.previous
    for match in _SCAN.finditer(text, found.at):
        token = match.group()
        at_line_start = match.start() == 0 or text[match.start() - 1] == "\n"
        if begins_declaration(token, previous) and (depth == 0 or at_line_start):
            if text[found.at : match.start()].strip():
                yield _ended(found, text, match.start())
            found, depth = Chunk("", line, match.start(), previous), 0
        elif token in "{([":
            depth += 1
        elif token in "})]":
            depth = max(0, depth - 1)
        if token == "\n":
            line += 1
        elif not token.isspace() and not token.startswith("#"):
            previous = token
    if text[found.at :].strip():
        yield _ended(found, text, len(text))


def _ended(found: Chunk, text: str, end: int) -> Chunk:
    """The chunk with its text. The parser counts columns from the text's start, so the line's beginning is kept."""
    column = found.at - (text.rfind("\n", 0, found.at) + 1)
    before = text[found.at - column : found.at]
    return replace(found, text=(before if not before.strip() else " " * column) + text[found.at : end])


def _parse_chunk(chunk: Chunk, file: str) -> tuple[Declaration, ...] | Diagnostic:
    deep = _too_deep(chunk, file)
    if deep is not None:
        return deep
    builder = TreeBuilder(file, chunk.line)
    try:
        declarations: tuple[Declaration, ...] = builder.build(parser().parse(chunk.text))
        return declarations
    except UnexpectedInput as error:
        return _syntax_diagnostic(error, chunk, file)
    except RecursionError:
        return Diagnostic("HV006", "nested too deeply to be read", Span(file, chunk.line, 1, chunk.line, 2))


def _too_deep(chunk: Chunk, file: str) -> Diagnostic | None:
    depth, line = 0, chunk.line
    for match in _SCAN.finditer(chunk.text):
        token = match.group()
        line += token == "\n"
        depth += (token in "{([") - (token in "})]")
        if depth > MAX_NESTING:
            return Diagnostic("HV006", f"brackets nested more than {MAX_NESTING} deep", Span(file, line, 1, line, 2))
    return None


def _syntax_diagnostic(error: UnexpectedInput, chunk: Chunk, file: str) -> Diagnostic:
    offset = chunk.line - 1
    if isinstance(error, UnexpectedCharacters):
        span = Span(file, error.line + offset, error.column, error.line + offset, error.column + 1)
        return _character_diagnostic(chunk.text, error.pos_in_stream or 0, span)
    if isinstance(error, UnexpectedToken) and error.token.type != "$END":
        token: Token = error.token
        line = (token.line or 1) + offset
        width = max(1, len(token))
        span = Span(file, line, token.column or 1, line, (token.column or 1) + width)
        before = chunk.text[: token.start_pos or 0].rstrip()
        quantifier = re.search(r"\b(all|some)\Z", before)
        fix = parenthesised(chunk.text, quantifier.start(), span) if quantifier else None
        if fix is not None:
            message = "a quantifier inside another expression stands in parentheses"
            wanted = "(all x: S . ...)  or  (some x: S . ...)"
            return Diagnostic("HV001", message, span, expected=wanted, found=str(token), fix=_shifted(fix, offset))
        if token == "=" and before.endswith("="):
            return Diagnostic("HV001", "a single = is meant here", span, fix=Fix("write = once", span, ""))
        return _token_diagnostic(str(token), span, error.accepts or error.expected, chunk.text, token.start_pos or 0)
    expected = error.expected if isinstance(error, UnexpectedToken | UnexpectedEOF) else set()
    return _end_diagnostic(chunk, file, set(expected))


def _shifted(fix: Fix, lines: int) -> Fix:
    """A fix whose lines were counted from the chunk's start."""

    def moved(span: Span) -> Span:
        return Span(span.file, span.line + lines, span.column, span.end_line + lines, span.end_column)

    more = tuple(Edit(moved(edit.span), edit.replacement) for edit in fix.more)
    return Fix(fix.message, moved(fix.span), fix.replacement, more)


def _character_diagnostic(text: str, at: int, span: Span) -> Diagnostic:
    character = text[at]
    if character == '"':
        line = text[at : (text + "\n").index("\n", at)]
        column = span.column + max(1, len(line.split("#")[0].rstrip("})] \t\r")))
        fix = Fix("close the quotes", Span(span.file, span.line, column, span.line, column), '"')
        message = "this text is not closed before the line ends"
        return Diagnostic("HV003", message, span, expected='a closing "', fix=fix)
    separator = Fix("statements need no separator: leave it out", span, "") if character == ";" else None
    return Diagnostic("HV002", f"unexpected character {character!r}", span, fix=separator or sign(text, at, span))


def _token_diagnostic(token: str, span: Span, expected: set[str], text: str, at: int) -> Diagnostic:
    words = {spelt for name in expected for spelt in readable(name).replace("`", "").split()}
    fix = sign(text, at, span) if text.startswith("=>", at) else None
    for operator in _MEANT.get(token, ()):
        if operator in words:
            fix = fix or Fix(f"write {operator} to {_PURPOSE[operator]}", span, operator)
    starters = _STARTERS | words
    fix = fix or word(text, at, token, span, words) or mistyped_before(text, at, span, starters)
    return Diagnostic("HV001", f"unexpected `{token}`", span, expected=wanted(expected), fix=fix)


_MEANT: Mapping[str, tuple[str, ...]] = MappingProxyType({"=": (":=", "=="), ":=": ("==", "="), "==": (":=", "=")})
_PURPOSE: Mapping[str, str] = MappingProxyType({":=": "assign", "==": "compare", "=": "give a value"})


def _terminals(names: str) -> frozenset[str]:
    return frozenset(names.split())


_GROUPS: tuple[tuple[str, frozenset[str], frozenset[str]], ...] = (
    ("a declaration", _terminals("SERVICE PROTOCOL"), frozenset(word.upper() for word in _STARTERS)),
    (
        "a statement",
        _terminals("STEP EACH"),
        _terminals("STEP EACH ALL IF TRY WITHIN FAIL RETHROW REQUIRE AWAIT CHOOSE LOOP BREAK")
        | _terminals("INHERITED CRASH RESTART LET NAME"),
    ),
    ("a value", _terminals("NOT INT"), _terminals("NOT INT LPAR LBRACE NAME ALL SOME TRUE FALSE IF NONE")),
    ("a value", _terminals("NONE INT"), _terminals("INT LPAR LBRACE NAME TRUE FALSE NONE")),
    ("more of the expression", _terminals("COMPARE AND"), _terminals("COMPARE SUM AND OR IMPLIES IN LPAR LSQB DOT")),
)
"""What several terminals together mean: the words for it, those that show that it is meant, and all it covers."""


_COMMENT_OR_TEXT = re.compile(r'"[^"\n]*"|#[^\n]*')


def wanted(expected: set[str]) -> str:
    """The terminals that could stand here, as an author knows them; many of one kind in one word."""
    left, words = set(expected), []
    for group, signs, covered in _GROUPS:
        if signs <= left:
            words.append(group)
            left -= covered
    shown = [*words, *sorted({readable(name) for name in left})]
    return " or ".join(shown[:6]) + (" ..." if len(shown) > 6 else "")


def _end_diagnostic(chunk: Chunk, file: str, expected: set[str]) -> Diagnostic:
    code = _COMMENT_OR_TEXT.sub(lambda found: (" " if found[0][0] == "#" else "x") * len(found[0]), chunk.text).rstrip()
    lines = code.split("\n")
    line, column = chunk.line + len(lines) - 1, len(lines[-1]) + 1
    span, ending = Span(file, line, max(1, column - 1), line, column), Span(file, line, column, line, column)
    opened = Span(file, chunk.line, 1, chunk.line, max(2, len(chunk.text.split("\n", 1)[0]) + 1))
    if code.count("{") > code.count("}"):
        fix = Fix("close the brace", ending, " }" * (code.count("{") - code.count("}")))
        return Diagnostic("HV004", "a { of this declaration is never closed", opened, expected="}", fix=fix)
    body = (
        Fix("give it a body, for now an empty one", ending, " { }")
        if "LBRACE" in expected and "INT" not in expected
        else None
    )
    return Diagnostic("HV005", "the declaration ends too early", span, expected=wanted(expected), fix=body)


def readable(terminal: str) -> str:
    """A terminal of the grammar as an author knows it."""
    named = {
        "NAME": "a name",
        "INT": "a number",
        "STRING": 'text in "quotes"',
        "DURATION": "a duration such as 10s",
        "COMPARE": "== != <= >= < >",
        "SUM": "+ -",
        "VERDICT": "holds, proved, violated, moot, reached, unreachable",
        "$END": "the end of the declaration",
    }
    if terminal in named:
        return named[terminal]
    for definition in parser().terminals:
        if definition.name == terminal:
            pattern: str = definition.pattern.value
            return "in turn" if terminal == "IN_TURN" else pattern if pattern.isalpha() else f"`{pattern}`"
    return terminal.lower()
