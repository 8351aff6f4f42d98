"""TLA+ whose states TLC counts as hvcheck does."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from explicit.helpers import verdicts
from generators.systems import Drawn, systems
from hvcheck.engine import Budget
from hvcheck.explicit import explore
from hvcheck.export import Origin
from hvcheck.export.tla import tla
from language.helpers import loaded

from .helpers import BACKUP, TINY, exported, system_of
from .tlc import counted, needs_tlc, tlc

pytestmark = [needs_tlc, pytest.mark.slow]
NOTHING = "SPECIFICATION Spec\nCONSTANT none = none\n"


def test_the_peers_model(tmp_path: Path) -> None:
    log = tlc(exported("tla", BACKUP, "shallow").text, exported("cfg", BACKUP, "shallow").text, tmp_path)
    assert counted(log)[0] == explore(*system_of(BACKUP, "shallow")).states
    log = tlc(exported("tla", BACKUP, "careless").text, exported("cfg", BACKUP, "careless").text, tmp_path)
    assert "Invariant Consistent is violated" in log


@pytest.mark.parametrize(
    "name", ["claims", "each_fails", "option", "option_number", "storage_requires", "when_crashed"]
)
def test_tiny_specs(name: str, tmp_path: Path) -> None:
    path = TINY / f"{name}.hvs"
    scenario = loaded(path).scenarios[-1].name
    log = tlc(exported("tla", path, scenario).text, NOTHING, tmp_path)
    assert counted(log)[0] == explore(*system_of(path, scenario)).states


@pytest.mark.parametrize(("scenario", "scope"), [("ideal", "disks"), ("requester_dies", "disks")])
def test_an_era(scenario: str, scope: str, tmp_path: Path) -> None:
    log = tlc(exported("tla", "ws2012", scenario, scope).text, NOTHING, tmp_path)
    assert counted(log)[0] == explore(*system_of("ws2012", scenario, scope)).states


def test_what_must_follow(tmp_path: Path) -> None:
    system, scope = system_of("ws2012", "ideal", "disks")
    follows = [claim.name for claim in system.properties if claim.claim == "leads to"]
    ours = verdicts(system, scope)
    assert {ours[name].word for name in follows} <= {"HOLDS", "UNDETERMINED"}
    config = NOTHING + "".join(f"PROPERTY {name}\n" for name in follows)
    log = tlc(exported("tla", "ws2012", "ideal", "disks").text, config, tmp_path)
    assert "No error has been found" in log


@settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck), phases=[Phase.generate])
@given(drawn=systems())
def test_generated_systems(drawn: Drawn, tmp_path_factory: pytest.TempPathFactory) -> None:
    ours = explore(drawn.system, drawn.scope, Budget(states=2000))
    if not ours.finished:
        return
    log = tlc(tla(drawn.system, drawn.scope, Origin("drawn")).text, NOTHING, tmp_path_factory.mktemp("tlc"))
    assert counted(log)[0] == ours.states
