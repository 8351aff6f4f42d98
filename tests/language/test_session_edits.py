"""Edits as authors make them, in whole eras: after each a session says what a check from scratch says.

An era stands in one text with its modules, so that these are edited, too.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator, Mapping

import pytest

from hvspec.compile import compile_system
from hvspec.library import Source
from hvspec.load import load, load_source
from hvspec.memory import Memory
from hvspec.parser import Chunk, chunks
from hvspec.session import Session

_HEAD = re.compile(r"^(?:module|use|needs)\b[^\n]*\n", re.MULTILINE)
_ABOUT = re.compile(r'^about\s+[^"]*?\s+cites\b(?:\s*"[^"\n]*",?)+[^\n]*\n', re.MULTILINE)
_WORD = re.compile(r"[A-Za-z_]\w*")


def whole(era: str) -> str:
    """An era and the modules it uses as one text without errors."""
    spec, _ = load(era)
    assert spec is not None
    return "".join(_ABOUT.sub("", _HEAD.sub("", text)) for text in spec.sources.values())


# ---------------------------------------------------------------- edits
def _one(text: str, chance: random.Random, starts: str) -> Chunk | None:
    """A declaration that starts with one of the words."""
    found = [one for one in chunks(text) if re.match(rf"\s*(?:{starts})\b", one.text)]
    return chance.choice(found) if found else None


def _name(text: str, chance: random.Random) -> str:
    """A name: a new one, or any word of the text."""
    return chance.choice(("brand_new", "Brand", chance.choice(_WORD.findall(text))))


def _declared(text: str, chance: random.Random) -> str:
    """A name that is declared, or that a step, a handler or a failure has."""
    words = r"var|ghost|fun|param|actor|service|property|invariant|protocol|step|on|fail|place|interface|fault|scope"
    return chance.choice(re.findall(rf"\b(?:{words})\s+([A-Za-z_]\w*)", text))


_NEW: Mapping[str, str] = {
    "variable": "var {}: bool",
    "map": "var {}: map[VM] int 0..3",
    "ghost": "ghost {}: map[VM] bool",
    "parameter": "param {}: bool = true",
    "invariant": "invariant {} all vm: VM . {} or true",
    "property": "property {} always at({}) implies true",
    "function": "fun {}(vm: VM) = some d: DISK . {} == d",
    "interface": "interface {} {{ {} }}",
    "record": "record {} {{ n: int 0..2 }}",
    "sort": "sort {}",
    "budget": "budget {}",
    "measure": "measure {} counts {}",
    "scope": "scope {} {{ VM = 1  {} = 1 }}",
    "scenario": "scenario {} {{ expect {} holds }}",
    "expectation": 'expect {} holds by {} because "it does"',
}


def add(text: str, chance: random.Random) -> str:
    new = _NEW[chance.choice(sorted(_NEW))]
    at = chance.choice([*[one.at for one in chunks(text)][1:], len(text)])
    return text[:at] + "\n" + new.format(_name(text, chance), _name(text, chance)) + "\n" + text[at:]


def remove(text: str, chance: random.Random) -> str:
    words = "var|ghost|param|invariant|property|fun|actor|service|interface|storage|scope|scenario|expect|protocol"
    one = _one(text, chance, chance.choice(words.split("|")))
    return text if one is None else text[: one.at] + text[one.at + len(one.text.lstrip()) :]


def line(text: str, chance: random.Random) -> str:
    """A statement more in a handler, a protocol or an event."""
    lines = re.findall(r"^ +(?:->|step|require|\w+(?:\[\w+\])? :=)[^\n{}#]*$", text, flags=re.MULTILINE)
    news = ("step {}", "{} := true", "{}[vm] := false", "fail {}", "await {}", "let {} = true", "-> {}: OnFreeze")
    new = chance.choice((chance.choice(news).format(_name(text, chance)), chance.choice(lines)))
    openings = [found.end() for found in re.finditer(r"\b(?:on|protocol|env|fault|try|recover)\b[^\n{]*\{", text)]
    at = chance.choice(openings)
    return f"{text[:at]} {new.strip()} {text[at:]}"


def shorten(text: str, chance: random.Random) -> str:
    """A statement less."""
    found = list(re.finditer(r"\bstep \w+(?:\([^)]*\))?(?= *\n)|\w+(?:\[\w+\])? := (?:true|false)|-> [^\n{}#]*", text))
    one = chance.choice(found)
    return text[: one.start()] + text[one.end() :]


def rename(text: str, chance: random.Random) -> str:
    """One name, at all places or at the first only."""
    old, new = _declared(text, chance), _name(text, chance)
    return re.sub(rf"\b{old}\b", new, text, count=chance.choice((0, 0, 1)))


def restep(text: str, chance: random.Random) -> str:
    """A step or a failure by another name, where it happens only."""
    one = chance.choice(list(re.finditer(r"(?<=\bstep )\w+|(?<=\bfail )\w+", text)))
    return text[: one.start()] + chance.choice((_name(text, chance), one.group() + "s")) + text[one.end() :]


def retype(text: str, chance: random.Random) -> str:
    types = r"(?<=: )(?:bool|int \d+\.\.\d+|map\[VM\] bool|DISK|VM|DATA\?)"
    one = chance.choice(list(re.finditer(types, text)))
    return text[: one.start()] + chance.choice(("bool", "int 0..3", "VM", "DATA?", "Brand")) + text[one.end() :]


def ghosted(text: str, chance: random.Random) -> str:
    """A variable made a ghost, or a ghost a variable."""
    one = chance.choice(list(re.finditer(r"^(?:ghost|var)(?= )", text, flags=re.MULTILINE)))
    return text[: one.start()] + {"ghost": "var", "var": "ghost"}[one.group()] + text[one.end() :]


def broken(text: str, chance: random.Random) -> str:
    """A brace less."""
    at = chance.choice([found.start() for found in re.finditer(r"[{}]", text)])
    return text[:at] + text[at + 1 :]


EDITS: tuple[Callable[[str, random.Random], str], ...] = (
    add, add, add, remove, line, line, line, shorten, rename, rename, restep, restep, retype, ghosted, broken,
)  # fmt: skip


def disagreements(text: str, seed: int, number: int) -> Iterator[str]:
    """How a session of so many edits differs from checks from scratch, an edit each; "" if it does not.

    What is tried is mostly undone, at once or some edits later.
    """
    chance, before, session = random.Random(seed), [text], Session(text)
    for _ in range(number):
        after = chance.choice(EDITS)(before[-1], chance)
        yield disagreement(session, after)
        wrong = any(one.severity == "error" for one in session.diagnostics)
        if chance.random() < (0.1 if wrong else 0.8):
            before.append(after)
        elif chance.random() < 0.3:
            del before[chance.randrange(1, len(before) + 1) :]
            yield disagreement(session, before[-1])


def disagreement(session: Session, text: str) -> str:
    """How a session differs from a check from scratch; "" if it does not."""
    session.change(text)
    scratch = load_source(Source(session.file, text))[1]
    return "" if session.diagnostics == scratch else f"{set(session.diagnostics) ^ set(scratch)}"


# ---------------------------------------------------------------- tests
@pytest.mark.parametrize("era", ["ws2012", "ws2012r2", "ws2016"])
def test_an_era_in_one_text_has_no_errors(era: str) -> None:
    spec, found = load_source(Source("whole.hvs", whole(era)))
    assert spec is not None, found


def test_edits_of_an_era() -> None:
    assert not any(disagreements(whole("ws2012"), 1, 8))


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("era", ["ws2012", "ws2012r2", "ws2016"])
def test_many_edits_of_an_era(era: str, seed: int) -> None:
    for found in disagreements(whole(era), seed, 40):
        assert not found


_BY_NAME = Memory._outlines_by_name


def no_steps(*given: object) -> dict[str, tuple[str, ...]]:
    found = _BY_NAME(*given)  # type: ignore[arg-type]
    return {name: outlines for name, outlines in found.items() if outlines != ("step",)}


MUTANTS: Mapping[str, tuple[str, object]] = {
    "steps": ("Memory._outlines_by_name", no_steps),
    "sorts": ("Memory._everyones", lambda *_: ""),
    "what outlines name": ("_affected", lambda _, changed: set(changed)),
    "outlines": ("Memory._outlines_by_name", lambda *_: {}),
}


@pytest.mark.slow
@pytest.mark.parametrize("forgets", MUTANTS)
def test_a_memory_that_forgets_is_found_out(forgets: str, monkeypatch: pytest.MonkeyPatch) -> None:
    name, mutant = MUTANTS[forgets]
    monkeypatch.setattr(f"hvspec.memory.{name}", mutant)
    assert any(found for seed in range(10) for found in disagreements(whole("ws2012"), seed, 30))


def test_a_spec_of_a_session_is_compiled_as_one_from_scratch() -> None:
    text = whole("ws2012")
    session = Session(text)
    session.change(text.replace("session[vm] := true }", "session[vm] := true }  step New", 1))
    edited, scratch = session.spec(), load_source(Source(session.file, session.text))[0]
    assert edited is not None
    assert scratch is not None
    chosen = edited.scenarios[0].name
    compiled = compile_system(edited, scenario=chosen)
    assert compiled[0] is not None
    assert compiled == compile_system(scratch, scenario=chosen)
