"""The grammar has no conflict that Lark would resolve in silence."""

from __future__ import annotations

import pytest
from lark import Lark

from hvspec.tables import grammar

pytest.importorskip("interegular", reason="Lark's strict mode compares the terminals with it")


def strict(text: str) -> Lark:
    return Lark(text, parser="lalr", lexer="contextual", propagate_positions=True, maybe_placeholders=True, strict=True)


def test_the_grammar_builds_in_strict_mode() -> None:
    strict(grammar())


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('within:    "within" DURATION block "else" (block | fail)', 'within: "within" DURATION block ["else" block]'),
        ("NAME: /[A-Za-z_][A-Za-z0-9_]*/", "NAME: /[A-Za-z_][A-Za-z0-9_]*/\nOTHER: /[a-z]+/\nextra: OTHER"),
        ("?conjunction: negation | conjunction", "?conjunction: negation | conjunction conjunction | conjunction"),
    ],
    ids=["rule", "terminal", "ambiguous"],
)
def test_strict_mode_finds_conflicts(before: str, after: str) -> None:
    # A mutant of the grammar each: the test above can fail.
    mutant = grammar().replace(before, after)
    assert mutant != grammar()
    if "extra" in after:
        mutant = mutant.replace("| scenario | expect | measure", "| scenario | expect | measure | extra")
    if "within" in after:
        mutant = mutant.replace('fail:      "fail" NAME', 'fail:      "fail" NAME | "else" NAME')
    with pytest.raises(Exception, match=r"(?i)conflict|collision|reduce|shift"):
        strict(mutant)
