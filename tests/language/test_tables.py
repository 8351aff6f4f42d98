"""The shipped tables are those of the grammar, and a parser made of them is the parser that the grammar gives."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from lark import Lark
from lark.exceptions import UnexpectedInput

from hvspec import lexer, tables

from .helpers import HERE

SHIPPED = files("hvspec").joinpath(tables.FILE).read_text("utf-8")


def test_the_tables_are_the_grammars() -> None:
    assert tables.text_of(tables.tables_of(tables.build())) == SHIPPED, "run `make tables`"


def test_they_are_used() -> None:
    assert tables.parser().source_path == "<tables>"


def outcome(parser: object, text: str) -> object:
    try:
        return parser.parse(text)  # type: ignore[attr-defined]
    except UnexpectedInput as error:
        expected = getattr(error, "accepts", None) or getattr(error, "expected", None) or error.allowed  # type: ignore[attr-defined]
        return type(error), getattr(error, "line", 0), getattr(error, "column", 0), set(expected)


def test_both_parsers_read_alike() -> None:
    restored = tables.restore(json.loads(SHIPPED))
    shipped = [entry for kind in ("eras", "std") for entry in files("hvspec").joinpath(kind).iterdir()]
    texts = [entry.read_text("utf-8") for entry in shipped if entry.is_file()]
    texts += [path.read_text("utf-8") for path in sorted((HERE / "tiny").glob("*.hvs"))]
    texts += [line for path in sorted((HERE / "broken").glob("*.hvs")) for line in path.read_text("utf-8").splitlines()]
    for text in texts:
        assert outcome(restored, text) == outcome(built(), text), text


@cache
def built() -> Lark:
    return tables.build()


def broken_texts(count: int) -> list[str]:
    """Small specs with a character or a stretch lost, doubled or put in, in the middle of words too."""
    chance = random.Random(20)
    texts = [path.read_text("utf-8") for path in sorted((HERE / "tiny").glob("*.hvs"))]
    made = []
    for _ in range(count):
        text = chance.choice(texts)
        at = chance.randrange(len(text))
        upto = at + chance.choice((0, 1, 1, 2, 9))
        put = chance.choice(
            (
                "",
                "",
                " ",
                "\n",
                '"',
                "in turn",
                "in",
                "10s",
                "10",
                "=",
                "-",
                ">",
                "~",
                "allx",
                "é",
                "#",
                "{",
                text[at:upto],
            )
        )
        made.append(text[:at] + put + text[upto:])
    return made


def test_both_parsers_find_the_same_wrong() -> None:
    restored = tables.restore(json.loads(SHIPPED))
    made = broken_texts(200)
    outcomes = [outcome(restored, text) for text in made]
    assert outcomes == [outcome(built(), text) for text in made]
    assert 50 < sum(isinstance(found, tuple) for found in outcomes) < 200


@pytest.mark.parametrize(
    "order",
    [lambda tried: sorted(tried, key=lambda one: one[0]), lambda tried: tried[::-1]],
    ids=["by name", "backwards"],
)
def test_a_lexer_that_tries_in_another_order_is_found_out(
    order: Callable[[Any], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    may_begin = lexer.Scanner._may_begin
    monkeypatch.setattr(lexer.Scanner, "_may_begin", lambda self, first: order(may_begin(self, first)))
    restored = tables.restore(json.loads(SHIPPED))
    assert any(outcome(restored, text) != outcome(built(), text) for text in broken_texts(60))


@pytest.mark.parametrize(("key", "value"), [("lark", "0.0.1"), ("grammar", "another")])
def test_tables_of_another_grammar_or_lark_are_not_used(
    key: str, value: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / tables.FILE).write_text(json.dumps({**json.loads(SHIPPED), key: value}))
    (tmp_path / "grammar.lark").write_text(tables.grammar())
    monkeypatch.setattr(tables, "FOLDER", tmp_path)
    monkeypatch.setattr(tables, "build", lambda: "built anew")
    tables.parser.cache_clear()
    try:
        assert tables.parser() == "built anew"  # type: ignore[comparison-overlap]
    finally:
        tables.parser.cache_clear()
