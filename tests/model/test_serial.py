"""Systems are data: they survive JSON, compare equal, hash equal, and can be read."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings

from generators.systems import Drawn, systems
from hvmodel.listing import listing
from hvmodel.serial import from_data, to_data
from hvmodel.system import System
from hvspec.compile import compile_system
from hvspec.load import load


def ws2012() -> System:
    spec, _ = load("ws2012")
    assert spec is not None
    system, _, diagnostics = compile_system(spec, scenario="crash_during_abort", scope="disks")
    assert not diagnostics
    assert system is not None
    return system


@settings(max_examples=50, deadline=None)
@given(systems())
def test_a_generated_system_survives_json(drawn: Drawn) -> None:
    again = from_data(json.loads(json.dumps(to_data(drawn.system))))
    assert again == drawn.system
    assert hash(again.actions) == hash(drawn.system.actions)


def test_an_era_survives_json() -> None:
    system = ws2012()
    again = from_data(json.loads(json.dumps(to_data(system))))
    assert again == system
    assert listing(again) == listing(system)


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"format": 99, "system": {"is": "System", "name": "x"}},
        {"format": 1, "system": {"is": "Popen", "args": "true"}},
        {"format": 1, "system": {"is": "System", "name": "x", "nonsense": 1}},
        {"format": 1, "system": {"is": "Bool"}},
        {"format": 1, "system": {"is": "System"}},
    ],
)
def test_other_data_is_refused(data: dict[str, object]) -> None:
    with pytest.raises(ValueError):
        from_data(data)


def test_the_listing_shows_every_action() -> None:
    system = ws2012()
    text = listing(system)
    for action in system.actions:
        assert action.name in text
