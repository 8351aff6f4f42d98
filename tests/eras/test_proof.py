"""P1 of ws2012 for every number of machines, disks and blocks: proved with its lemmas, and not without them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from hvcheck.engine import Budget
from hvcheck.symbolic.prove import Certificate, Refusal, prove
from hvspec.compile import compile_system
from hvspec.library import find_spec
from hvspec.load import load

TEXT = find_spec("ws2012").text
BUDGET = Budget(seconds=300)


def attempt(text: str, folder: Path, claim: str, scenario: str = "ideal") -> Certificate | Refusal:
    path = folder / "changed.hvs"
    path.write_text(text, encoding="utf-8")
    spec, diagnostics = load(str(path))
    assert spec is not None, diagnostics
    system, _, problems = compile_system(spec, scenario=scenario)
    assert system is not None, problems
    return prove(system, system.property[claim], BUDGET)


def without_lemmas(text: str) -> str:
    return re.sub(r"(?ms)^invariant .*?(?=^(?:invariant|fun|scope|property|cover|expect|scenario)\b)", "", text)


def with_lemma(text: str, body: str) -> str:
    """The text with one more lemma."""
    return text.replace("\nscope pair", f"\ninvariant Wrong {body}\nscope pair", 1)


@pytest.mark.slow
def test_p1_is_proved_for_every_size(tmp_path: Path) -> None:
    found = attempt(TEXT, tmp_path, "AppConsistent")
    assert isinstance(found, Certificate)
    assert "AppConsistent" in found.conjuncts
    assert found.obligations > 1000
    assert "GuestCrash: never" in found.limits
    assert "transactions: any number of times" in found.limits


def test_a_write_is_never_lost_at_any_size(tmp_path: Path) -> None:
    assert isinstance(attempt(without_lemmas(TEXT), tmp_path, "NoLostWrite"), Certificate)


def test_without_lemmas_p1_is_not_proved(tmp_path: Path) -> None:
    bare = without_lemmas(TEXT)
    assert "\ninvariant" not in bare
    found = attempt(bare, tmp_path, "AppConsistent")
    assert isinstance(found, Refusal)
    assert "add invariants" in found.reason


@pytest.mark.slow
@pytest.mark.parametrize(
    "body",
    [
        "all vm: VM . after(App.OnPrepareSnapshot, vm) implies App[vm].frozen",
        "all vm: VM, d: DISK . checkpointed[vm] implies not disk[vm, d].snap",
        "all vm: VM . copied[vm] implies before(Copy)",
    ],
)
def test_a_wrong_lemma_is_refused(tmp_path: Path, body: str) -> None:
    found = attempt(with_lemma(TEXT, body), tmp_path, "AppConsistent")
    assert isinstance(found, Refusal)
    assert found.conjunct == "Wrong"


@pytest.mark.slow
@pytest.mark.parametrize("scenario", ["no_rollback", "guest_session_ends_early"])
def test_what_is_false_is_not_proved(tmp_path: Path, scenario: str) -> None:
    assert isinstance(attempt(TEXT, tmp_path, "AppConsistent", scenario), Refusal)
