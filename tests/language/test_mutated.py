"""Whatever is done to the text of a spec: diagnostics or a model, never a traceback and never a hang."""

from __future__ import annotations

import re
import tempfile
from importlib.resources import files
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hvcheck.chart.canvas import Line
from hvcheck.report.diagnostics import render_all
from hvspec.compile import compile_system
from hvspec.diagnostic import Diagnostic
from hvspec.library import Source
from hvspec.load import load, load_source
from hvspec.mend import apply_fixes

from .helpers import HERE

_TOKEN = re.compile(r'#[^\n]*|"[^"\n]*"|[A-Za-z_][A-Za-z0-9_]*|[0-9]+|:=|->|~>|\.\.|[<>=!]=|\s+|.')

TINY = tuple(path.read_text("utf-8") for path in sorted((HERE / "tiny").glob("*.hvs")))
ERAS = tuple(entry.read_text("utf-8") for entry in files("hvspec").joinpath("eras").iterdir() if entry.is_file())
MODULES = tuple(
    (entry.name, entry.read_text("utf-8")) for entry in files("hvspec").joinpath("std").iterdir() if entry.is_file()
)
WORDS = tuple(sorted({token for text in (*TINY, *ERAS) for token in _TOKEN.findall(text) if not token.startswith("#")}))

WAYS = ("delete", "swap", "double", "replace", "insert", "move", "rename", "rename", "graft", "cut")


@st.composite
def mutated(draw: st.DrawFn, texts: tuple[str, ...]) -> str:
    """A text in which some tokens were deleted, swapped, doubled, replaced, or cut off."""
    tokens = _TOKEN.findall(draw(st.sampled_from(texts)))
    for _ in range(draw(st.integers(1, 4))):
        if not tokens:
            break
        at = draw(st.integers(0, len(tokens) - 1))
        match draw(
            st.sampled_from(
                ("delete", "swap", "double", "replace", "insert", "move", "rename", "rename", "graft", "cut")
            )
        ):
            case "delete":
                del tokens[at : at + draw(st.integers(1, 4))]
            case "swap":
                other = draw(st.integers(0, len(tokens) - 1))
                tokens[at], tokens[other] = tokens[other], tokens[at]
            case "double":
                tokens[at:at] = tokens[at : at + draw(st.integers(1, 40))]
            case "replace":
                tokens[at] = draw(st.sampled_from(WORDS))
            case "insert":
                tokens.insert(at, draw(st.sampled_from(WORDS)))
            case "move":
                part = tokens[at : at + 12]
                del tokens[at : at + 12]
                to = draw(st.integers(0, len(tokens)))
                tokens[to:to] = part
            case "rename":
                names = [i for i, token in enumerate(tokens) if token.isidentifier()]
                if names:
                    tokens[draw(st.sampled_from(names))] = tokens[draw(st.sampled_from(names))]
            case "graft":
                blocks = [i for i, token in enumerate(tokens) if token == "{"]
                if blocks:
                    to = draw(st.sampled_from(blocks)) + 1
                    tokens[to:to] = _inside(tokens, draw(st.sampled_from(blocks)))
            case _:
                del tokens[at:]
    return "".join(tokens)


def _inside(tokens: list[str], opening: int) -> list[str]:
    """What stands between a brace and the one that closes it."""
    depth = 0
    for i in range(opening, len(tokens)):
        depth += (tokens[i] == "{") - (tokens[i] == "}")
        if depth == 0:
            return tokens[opening + 1 : i]
    return []


def survives(text: str | bytes, name: str = "spec.hvs", beside: tuple[tuple[str, str], ...] = ()) -> bool:
    """Load and, if there is a model, compile it in every scenario; True if all compiled. What is wrong is shown."""
    with tempfile.TemporaryDirectory() as folder:
        for other, other_text in beside:
            Path(folder, other).write_bytes(other_text.encode())
        path = Path(folder, name)
        path.write_bytes(text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass"))
        spec, found = load(str(path))
        said = readable(found, {} if spec is None else spec.sources)
        mended(path, found)
        if spec is None:
            assert said, "neither a model nor a word about why"
            return False
        compiled = True
        for scenario in spec.scenarios:
            system, scope, wrong = compile_system(spec, scenario=scenario.name)
            compiled &= system is not None
            assert (system is None) == (scope is None) == bool(wrong)
            readable(wrong, spec.sources)
        return compiled


def mended(path: Path, found: tuple[Diagnostic, ...]) -> None:
    """Whatever the text, its fixes can be carried out, and what they give can be read and drawn."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError:
        return
    after, answered = apply_fixes(text, str(path), found)
    assert bool(answered) <= (after != text)
    if answered:
        left = load_source(Source(str(path), after, path.parent))[1]
        readable(left, {str(path): after})


def readable(found: tuple[Diagnostic, ...], sources: object) -> list[Line]:
    assert all(re.fullmatch(r"HV[0-9]{3}", one.code) and one.message for one in found)
    return render_all(found, sources)  # type: ignore[arg-type]


CALM = settings(deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)


@settings(CALM, max_examples=250)
@given(mutated(TINY))
def test_mutated_tiny_specs(text: str) -> None:
    survives(text)


@settings(CALM, max_examples=12)
@given(mutated(ERAS))
def test_mutated_eras(text: str) -> None:
    survives(text)


@settings(CALM, max_examples=8)
@given(st.sampled_from(ERAS), st.sampled_from(MODULES), st.data())
def test_mutated_modules(era: str, module: tuple[str, str], data: st.DataObject) -> None:
    name, text = module
    survives(era, beside=((name, data.draw(mutated((text,)))),))


@settings(CALM, max_examples=150)
@given(st.binary(max_size=200))
def test_random_bytes(text: bytes) -> None:
    assert not survives(text)


@settings(CALM, max_examples=150)
@given(st.lists(st.sampled_from(WORDS), max_size=60))
def test_random_words(words: list[str]) -> None:
    survives("era x " + " ".join(words))


@pytest.mark.slow
@settings(CALM, max_examples=4000)
@given(mutated(TINY))
def test_many_mutated_tiny_specs(text: str) -> None:
    survives(text)


@pytest.mark.slow
@settings(CALM, max_examples=100)
@given(mutated(ERAS))
def test_many_mutated_eras(text: str) -> None:
    survives(text)
