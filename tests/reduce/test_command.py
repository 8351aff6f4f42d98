"""`verify --reductions`: what is used, what it says, and what it refuses."""

from __future__ import annotations

import json

import pytest

from hvcheck.cli.main import run
from hvcheck.reduce.choice import DEFAULT, REDUCTIONS
from language.helpers import HERE

SPEC = str(HERE / "tiny" / "ghost.hvs")


def verified(capsys: pytest.CaptureFixture[str], *options: str) -> list[dict[str, object]]:
    run(["verify", SPEC, "--json", *options])
    document = json.loads(capsys.readouterr().out)
    return [engine for spec in document["specs"] for cell in spec["cells"] for engine in cell["engines"]]


def test_none_gives_exact_counts(capsys: pytest.CaptureFixture[str]) -> None:
    found = verified(capsys, "--reductions", "none")
    assert found
    assert all(engine.get("reductions", []) == [] for engine in found)


def test_the_verdicts_are_the_same_with_all(capsys: pytest.CaptureFixture[str]) -> None:
    with_all = verified(capsys, "--reductions", ",".join(REDUCTIONS))
    without = verified(capsys, "--reductions", "none")
    assert [engine["verdict"] for engine in with_all] == [engine["verdict"] for engine in without]


def test_an_unknown_reduction_is_a_usage_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["verify", SPEC, "--reductions", "slice,sleep"]) == 2
    assert "'sleep' is no reduction" in capsys.readouterr().err


def test_the_default_is_among_them() -> None:
    assert set(DEFAULT) <= set(REDUCTIONS)
