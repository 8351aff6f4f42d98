"""The formatter keeps every word and comment, says the same, settles at once, and lays out as it promises."""

from __future__ import annotations

import re
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hvspec.format import format_text
from hvspec.format.lexeme import lexemes
from hvspec.format.same import same
from hvspec.parser import parse

ROOT = Path(__file__).parents[2]
FILES = sorted([*(ROOT / "spec").rglob("*.hvs"), *(ROOT / "tests").rglob("*.hvs")])
READABLE = [path for path in FILES if not parse(path.read_text("utf-8"), path.name).diagnostics]


def keeps_its_promises(text: str) -> str | None:
    """The text laid out, every promise checked; None if it is refused, which only a text with mistakes may be."""
    found = format_text(text, "x.hvs")
    before = parse(text, "x.hvs")
    assert not found.refusal, found.refusal
    if found.text is None:
        assert found.diagnostics == before.diagnostics != ()
        return None
    after = parse(found.text, "x.hvs")
    assert not before.diagnostics
    assert not after.diagnostics
    assert same(before.declarations, after.declarations)
    assert lexemes(found.text) == lexemes(text)
    assert format_text(found.text, "x.hvs").text == found.text
    assert not re.search(r"[ \t\r]$|\n\n\n|\A\n|\n\n\Z", found.text, re.MULTILINE) or not found.text
    return found.text


def test_there_are_files() -> None:
    assert len(READABLE) >= 60


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_file(path: Path) -> None:
    found = keeps_its_promises(path.read_text("utf-8"))
    assert (found is None) == (path not in READABLE)


PIECES = [
    "\n",
    "\n\n\n",
    "  ",
    "\t",
    " ",
    "# note\n",
    "\r\n",
    "   # aligned\n",
    "{",
    "}",
    "(",
    ")",
    "or",
    "and",
    ",",
    ".",
    ":",
]


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_mutated_files(data: st.DataObject) -> None:
    """White space put in and taken out, lines joined, and words dropped, doubled and inserted anywhere."""
    text = data.draw(st.sampled_from(READABLE)).read_text("utf-8")
    start = data.draw(st.integers(0, max(0, len(text) - 400)))
    parts = re.findall(r"\s+|\w+|.", text[text.rfind("\n", 0, start) + 1 :][:1500])
    for _ in range(data.draw(st.integers(1, 8))):
        place = data.draw(st.integers(0, len(parts) - 1))
        match data.draw(st.sampled_from(["space", "join", "insert", "drop", "double"])):
            case "space" if parts[place].isspace():
                parts[place] = data.draw(st.sampled_from(["\n", "  ", " ", "\t", "\n\n\n", "\n            "]))
            case "insert":
                parts[place] += data.draw(st.sampled_from(PIECES))
            case "join" if parts[place].isspace() and "#" not in "".join(parts[max(0, place - 60) : place]):
                parts[place] = " "
            case "drop":
                parts[place] = ""
            case "double":
                parts[place] *= 2
    keeps_its_promises("".join(parts))


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(READABLE), st.integers(0, 10_000))
def test_only_white_space_mutated(path: Path, seed: int) -> None:
    """Every gap is another one: what could be read is laid out, never refused."""
    text = path.read_text("utf-8")
    pieces = re.split(r"(\s+)", re.sub(r"#[^\n]*", "", text))
    choose = Random(seed).choice
    gaps = [choose([" ", "   ", "\n", "\n\n   "]) if piece.isspace() else piece for piece in pieces]
    spread = "".join(gaps)
    assert (keeps_its_promises(spread) is None) == bool(parse(spread, "x.hvs").diagnostics)


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet='ab era actor#"{}()[],.:=-><\n\t \r\x0b\u2028é0123', max_size=80))
def test_anything(text: str) -> None:
    keeps_its_promises(text)


UGLY = """

era x "X"  \t


param a:bool=true#why
actor A{
 var   n   : int 0 .. 3
      on M(k :bool){
if a{
  n:=1   # one
         # and more
}else{step S  step T}
   # last
}
}
protocol P by A{->A:M( true )}
property Q always
 all b:bool.A.n==1
      and not(b)
"""

NEAT = """era x "X"

param a: bool = true  #why
actor A {
  var   n   : int 0..3
  on M(k : bool) {
    if a {
      n := 1 # one
             # and more
    } else { step S  step T }
    # last
  }
}
protocol P by A { -> A: M(true) }
property Q always
  all b: bool.A.n == 1
      and not (b)
"""


def test_the_layout() -> None:
    assert keeps_its_promises(UGLY) == NEAT


def test_long_lines_are_folded_at_the_outermost_place() -> None:
    terms = " and ".join(f"value_{number} == other_{number}" for number in range(8))
    text = f"era x\nproperty Long always ({terms}) implies (first(a, b) or second(c, d)) or the_third_of_them\n"
    found = keeps_its_promises(text)
    assert found is not None
    assert all(len(line) <= 120 for line in found.splitlines())
    call = ", ".join(f"parameter_{number}: argument_{number}" for number in range(6))
    found = keeps_its_promises(f"era x\nactor A = Service({call})\n")
    assert found is not None
    assert [line[:2] for line in found.splitlines()[2:]] == ["  "]


def test_what_cannot_be_folded_stays() -> None:
    text = f'era x "{"long " * 40}"\n'
    assert keeps_its_promises(text) == text


def test_windows_lines_and_marks() -> None:
    assert keeps_its_promises("era x\r\nactor A\r\n") == "era x\nactor A\n"


def test_tabs_in_quotes_stay() -> None:
    assert keeps_its_promises('era x "a\tb" # c\td\n') == 'era x "a\tb" # c\td\n'


def test_the_shipped_files_need_nothing_but_folding() -> None:
    for path in (ROOT / "spec").rglob("*.hvs"):
        text = path.read_text("utf-8")
        found = keeps_its_promises(text)
        assert found is not None
        assert found.split() == text.split()
        short = [line for line in text.splitlines() if len(line) <= 120]
        kept = set(found.splitlines())
        assert all(line in kept for line in short), path.name


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("era x actor A", "era x actor B"),
        ("era x var n: int 0..3", "era x var n: int 0..4"),
        ("era x", "era x actor A"),
    ],
)
def test_same_sees_differences(one: str, other: str) -> None:
    assert same(parse(one, "").declarations, parse(one.replace(" ", "\n"), "").declarations)
    assert not same(parse(one, "").declarations, parse(other, "").declarations)


def test_a_formatter_that_loses_a_word_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    from hvspec.format import format as formatter

    def losing(lines: object) -> list[str]:
        del lines
        return ["era x"]

    monkeypatch.setattr(formatter, "laid_out", losing)
    found = format_text("era x\nactor A\n", "x.hvs")
    assert found.text is None
    assert "word" in found.refusal
