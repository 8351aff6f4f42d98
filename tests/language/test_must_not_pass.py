"""Specs that say nothing, or something false: whatever engine looks, never HOLDS and never PROVED."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from hvcheck.engine import Budget
from hvcheck.plan.job import EngineName, Job, JobResult
from hvcheck.plan.work import work

from .helpers import HERE

CORPUS = sorted((HERE / "must_not_pass").glob("*.hvs"))
ENGINES: tuple[EngineName, ...] = ("explicit", "symbolic", "reference")
PASSES = frozenset({"HOLDS", "PROVED"})


def named(path: Path, kind: str) -> list[str]:
    """The properties that a header names after `# must not pass:` or `# holds:`."""
    found = re.search(rf"^# {kind}: (.*)$", path.read_text("utf-8"), re.MULTILINE)
    return found.group(1).split() if found else []


@cache
def words(path: Path, engine: EngineName, job: Job = Job("")) -> dict[str, str]:  # noqa: B008
    """The word of the verdict on every property of a spec; "-" where nothing is judged."""
    result = list(work(replace(job, spec=str(path), engine=engine)))[-1]
    assert isinstance(result, JobResult)
    assert not result.diagnostics
    assert not result.failure
    judged = {verdict.property: verdict.word for verdict in result.verdicts}
    return {**judged, **dict.fromkeys((idle.property for idle in result.not_judged), "-")}


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("path", CORPUS, ids=lambda path: path.stem)
def test_never_passes(path: Path, engine: EngineName) -> None:
    found = words(path, engine)
    claims = named(path, "must not pass")
    assert claims
    assert set(claims) <= set(found)
    assert not {name: found[name] for name in claims if found[name] in PASSES}


@pytest.mark.parametrize("path", CORPUS, ids=lambda path: path.stem)
def test_what_does_hold_is_found_to(path: Path) -> None:
    # Otherwise an engine that never says HOLDS would pass all tests above.
    found = words(path, "explicit")
    assert all(found[name] == "HOLDS" for name in named(path, "holds"))


def test_some_do_hold() -> None:
    assert sum(bool(named(path, "holds")) for path in CORPUS) >= 5


@pytest.mark.parametrize("path", sorted((HERE / "tiny").glob("*.hvs")), ids=lambda path: path.stem)
def test_a_cap_that_is_met_is_no_success(path: Path) -> None:
    whole = words(path, "explicit")
    cut = words(path, "explicit", Job("", budget=Budget(states=1), reductions=()))  # a slice may be of one state
    passed = {name for name, word in cut.items() if word in PASSES | {"UNREACHABLE"}}
    assert not passed
    assert set(cut) == set(whole)
