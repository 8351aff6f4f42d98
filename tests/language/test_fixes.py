"""Fixes are edits: carried out, they mend what they are for, and most broken specs then compile."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from hvmodel.source import Span
from hvspec.diagnostic import Diagnostic, Edit, Fix
from hvspec.library import Source
from hvspec.load import diagnose
from hvspec.mend import apply_fixes, mend

from .helpers import HERE

BROKEN = sorted(path.stem for path in (HERE / "broken").glob("*.hvs"))

NOT_MECHANICAL = frozenset(
    {
        "hv001_missing_operand",
        "hv002_characters",
        "hv005_too_early",
        "hv006_nested",
        "hv102_default",
        "hv102_unknown",
        "hv102_variable_like_its_sort",
        "hv106_hv107_service_arguments",
        "hv202_wide",
        "hv204_single_value",
        "hv205_actor_index",
        "hv206_disk_of_disks",
        "hv207_records",
        "hv210_none",
        "hv211_service_variables",
        "hv211_types",
        "hv211_where",
        "hv212_after_boundary",
        "hv213_hv316_actors",
        "hv214_hv215_hv217_hv218_indices",
        "hv219_declared_but_no_value",
        "hv219_not_a_value",
        "hv221_hv222_calls",
        "hv223_hv224_sets_and_numbers",
        "hv225_hv506_hv507_defaults",
        "hv225_recursion",
        "hv226_hv227_operations",
        "hv228_not_a_set",
        "hv310_all_reads_itself",
        "hv312_hv324_plain_only",
        "hv313_assigned",
        "hv318_places",
        "hv319_mutual_messages",
        "hv320_hv321_hv322_control",
        "hv325_hv326_loops",
        "hv327_channels",
        "hv328_hv329_hv330_refinement",
        "hv402_used_later",
        "hv403_hv316_power",
        "hv505_hv506_hv507_settings",
    }
)
"""Specs with a mistake that only their author can mend: what was meant is not in the text."""


@pytest.fixture(autouse=True)
def _in_the_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(HERE / "broken")


def text_of(name: str) -> str:
    return Path(f"{name}.hvs").read_text("utf-8")


def diagnose_as(file: str) -> Callable[[str], tuple[Diagnostic, ...]]:
    return lambda text: diagnose(Source(file, text, Path()))


def places(found: tuple[Diagnostic, ...], one: Diagnostic) -> int:
    """In how many places the same is said."""
    return sum((other.code, other.message) == (one.code, one.message) for other in found)


def first(found: tuple[Diagnostic, ...], one: Diagnostic) -> tuple[int, int]:
    """The first place where the same is said from the diagnostic's line on: of a text the first mistake is said."""
    same = [other.span for other in found if (other.code, other.message) == (one.code, one.message)]
    return min((span.line, span.column) for span in same if span.line >= one.span.line)


@pytest.mark.parametrize("name", BROKEN)
def test_a_fix_mends_what_it_is_for(name: str) -> None:
    file, text = f"{name}.hvs", text_of(name)
    found = diagnose_as(file)(text)
    for one in found:
        if one.fix is None or not one.fix.edits:
            continue
        after, answered = apply_fixes(text, file, (one,))
        assert answered == (one,), "a fix is of the file that it is for"
        left = diagnose_as(file)(after)
        assert places(left, one) < places(found, one) or first(left, one) > first(found, one), one


@pytest.mark.parametrize("name", BROKEN)
def test_carried_out_together_they_give_a_spec(name: str) -> None:
    mended = mend(text_of(name), f"{name}.hvs", diagnose_as(f"{name}.hvs"))
    errors = [one for one in mended.left if one.severity == "error"]
    assert bool(errors) == (name in NOT_MECHANICAL), (mended.text, errors)
    assert all(not (one.fix and one.fix.edits) for one in errors) or name in NOT_MECHANICAL


def test_most_are_mended() -> None:
    assert set(BROKEN) >= NOT_MECHANICAL
    assert len(BROKEN) - len(NOT_MECHANICAL) >= 70


def finding(*edits: tuple[int, int, str], line: int = 1) -> Diagnostic:
    (first, *more) = [Edit(Span("f", line, start, line, end), text) for start, end, text in edits]
    return Diagnostic("HV001", "m", first.span, fix=Fix("f", first.span, first.replacement, tuple(more)))


def test_edits_of_one_fix_are_carried_out_together() -> None:
    assert apply_fixes("abcdef", "f", [finding((1, 1, "("), (4, 4, ")"))])[0] == "(abc)def"


def test_of_two_fixes_in_one_place_the_first_counts() -> None:
    text, answered = apply_fixes("abcdef", "f", [finding((1, 3, "X")), finding((2, 4, "Y")), finding((5, 6, ""))])
    assert (text, len(answered)) == ("Xcdf", 2)


def test_a_fix_of_another_file_or_without_edits_is_left() -> None:
    advice = Diagnostic("HV001", "m", Span("f", 1, 1, 1, 2), fix=Fix("think"))
    elsewhere = Diagnostic("HV001", "m", Span("g", 1, 1, 1, 2), fix=Fix("cut", Span("g", 1, 1, 1, 2), ""))
    assert apply_fixes("abc", "f", [advice, elsewhere]) == ("abc", ())


def test_fixes_that_beget_one_another_end() -> None:
    def never(text: str) -> tuple[Diagnostic, ...]:
        return (finding((1, 1, "x")) if len(text) % 2 else finding((1, 2, "")),)

    assert mend("abc", "f", never).left


def test_what_an_error_leaves_unused_stays() -> None:
    text = "era x\nactor A\nvar idle: bool\nprotocol P by A { setp Go }\n"
    mended = mend(text, "x.hvs", diagnose_as("x.hvs"))
    assert mended.text == text.replace("setp", "step")
    assert [one.code for one in mended.left] == ["HV601"]
    assert "idle" not in mend(mended.text, "x.hvs", diagnose_as("x.hvs")).text


def test_the_lines_of_old_machines_and_of_windows() -> None:
    text = "era broken\r\nvar x: bool;\r\nactor A\r\nprotocol P by A { x = true }\r\n"
    mended = mend(text, "crlf.hvs", diagnose_as("crlf.hvs"))
    assert mended.text == "era broken\r\nvar x: bool\r\nactor A\r\nprotocol P by A { x := true }\r\n"
