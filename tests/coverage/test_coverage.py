"""What searches come to: counted by hand on a small spec, and never said of a search that stopped."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from hvcheck.cli.main import run
from hvcheck.coverage import Covered, SearchOf, covered
from hvcheck.explicit import explore
from hvspec.points import points
from language.helpers import compiled, loaded

SPEC = """era small "A handler that fails, and an arm that nothing comes to"
param veto: bool = false
var  done: bool
actor Provider {
  on Commit { if veto { fail VETO } else { done := true } }
  on Unused { step Never { done := false } }
  on Empty  { }
}
actor Tool
protocol Backup by Tool {
  try { -> Provider: Commit  -> Provider: Empty }
  recover VETO { step Report }
  recover      { step Ignore { done := true } }
}
env Write when not done { done := true }
scenario fine   { }
scenario vetoed { veto = true }
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    (tmp_path / "small.hvs").write_text(SPEC, encoding="utf-8")
    return tmp_path / "small.hvs"


def measured(path: Path, *scenarios: str) -> Covered:
    spec = loaded(path)

    def search(scenario: str) -> SearchOf:
        system, scope = compiled(spec, scenario)
        found = explore(system, scope)
        return SearchOf(scenario, scope.name, system, found.fired, found.states, found.transitions, found.seconds)

    return covered(spec, [search(scenario) for scenario in scenarios])


def named(found: Covered, wanted: Callable[[int], bool]) -> set[str]:
    return {f"{point.kind} {point.name}" for point, count in found.points if wanted(count)}


def test_every_place_is_found_once(path: Path) -> None:
    found = [f"{point.kind} {point.name}" for point in points(loaded(path))]
    assert found == [
        "handler Provider.Commit",
        "branch if",
        "branch else",
        "handler Provider.Unused",
        "step Never",
        "handler Provider.Empty",
        "message Commit",
        "message Empty",
        "branch recover VETO",
        "step Report",
        "branch recover",
        "step Ignore",
        "environment Write",
    ]


def test_one_scenario_leaves_out_what_only_the_other_does(path: Path) -> None:
    fine = {"branch if", "branch recover VETO", "step Report"}
    both = {"handler Provider.Unused", "step Never", "branch recover", "step Ignore"}
    assert named(measured(path, "fine"), lambda count: not count) == fine | both
    assert named(measured(path, "fine", "vetoed"), lambda count: not count) == both


def test_counts_are_pairs_of_a_state_and_a_step(path: Path) -> None:
    """Commit is before it with and without `done` (2); then `done` is so, and Empty is sent in one state."""
    counts = {f"{point.kind} {point.name}": count for point, count in measured(path, "fine").points}
    assert counts["message Commit"] == counts["handler Provider.Commit"] == counts["branch else"] == 2
    assert counts["message Empty"] == counts["handler Provider.Empty"] == 1
    assert counts["environment Write"] == 1


def test_the_command_lists_what_is_not_reached(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["coverage", str(path)]) == 0
    out = capsys.readouterr().out
    listed = [line.split(maxsplit=2) for line in out.splitlines()]
    assert ["2", "of", "3     handlers"] in listed
    assert [f"{path}:6", "handler", "on Unused { step Never { done := false } }"] in listed
    assert [f"{path}:13", "branch", "recover { step Ignore { done := true } }"] in listed
    assert "Reached, with" not in out
    assert run(["coverage", str(path), "--all"]) == 0
    assert "Reached, with" in capsys.readouterr().out


def test_a_search_that_met_a_budget_is_4_and_says_so(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["coverage", str(path), "--budget-states", "2"]) == 4
    out = capsys.readouterr().out
    assert "the budget of 2 states was met" in out
    assert "Never reached so far:" in out


def test_json_has_everything(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["coverage", str(path), "--json", "--scenario", "vetoed"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["finished"] is True
    assert [search["scenario"] for search in found["searches"]] == ["vetoed"]
    commit = next(point for point in found["points"] if point["kind"] == "message" and point["name"] == "Commit")
    assert commit["span"]["line"] == 11
    assert commit["by_search"] == [{"scenario": "vetoed", "scope": "whole", "count": commit["count"]}]


@pytest.mark.parametrize(
    ("arguments", "code"), [(["ws2013"], 2), (["ws2012", "--scenario", "idle"], 2), (["ws2012", "--set", "x=1"], 2)]
)
def test_wrong_usage_is_2(arguments: list[str], code: int) -> None:
    assert run(["coverage", *arguments]) == code


def test_every_branch_that_an_era_reaches_in_a_run_is_counted() -> None:
    """All of a shipped era's messages that any run sends have a count: a place without one is not in its text."""
    spec = loaded("ws2012")
    system, scope = compiled(spec, "ideal", "disks")
    found = explore(system, scope)
    search = SearchOf("ideal", scope.name, system, found.fired, found.states, found.transitions, found.seconds)
    reached = {point.name for point, count in covered(spec, [search]).points if count and point.kind == "message"}
    sent = {
        event.name
        for action in system.actions
        if found.fired[action.name]
        for event in action.events
        if event.kind == "message"
    }
    assert reached == sent
