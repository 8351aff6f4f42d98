"""Counterexamples of shipped eras, found by the explicit engine and saved as `hvcheck verify --out` saves them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from hvcheck.chart.itf import to_itf
from hvcheck.engine import Budget
from hvcheck.explicit.engine import ExplicitEngine
from hvcheck.ondisk.compiled import Compiled, compiled
from hvcheck.verdict import Violated
from hvspec.load import load

ERAS = ("ws2012", "ws2012r2", "ws2016")


def setting(era: str, scenario: str, scope: str | None = None) -> Compiled:
    spec, _ = load(era)
    assert spec is not None
    found = compiled(era, spec, scenario, scope, {})
    assert isinstance(found, Compiled)
    return found


def expected_violations(era: str) -> list[tuple[str, tuple[str, ...]]]:
    """Every scenario with the properties that it is to violate."""
    spec, _ = load(era)
    assert spec is not None
    found: list[tuple[str, tuple[str, ...]]] = []
    for scenario in spec.scenarios:
        scope = scenario.scopes[0] if scenario.scopes else None
        names = dict.fromkeys(
            one.property
            for one in scenario.expectations
            if scenario.expected(one.property, scope).verdict == "violated"
        )
        found.append((scenario.name, tuple(names)))
    return found


def violations(found: Compiled, names: tuple[str, ...]) -> Iterator[Violated]:
    system, scope = found.layout.system, found.layout.scope
    claims = [system.property[name] for name in names if name in system.property]
    for event in ExplicitEngine().run(system, claims, scope, Budget(states=2_000_000)):
        if isinstance(event, Violated):
            yield event


def save(found: Compiled, verdict: Violated, folder: Path) -> Path:
    document = to_itf(verdict.run.layout, verdict.run.trace, verdict.property)
    document["#meta"] |= {**found.meta, "property": verdict.property}
    path = folder / f"{found.name}.{found.scenario}.{verdict.property}.itf.json"
    path.write_text(json.dumps(document), "utf-8")
    return path
