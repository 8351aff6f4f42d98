"""Stand-ins for the compiler: the sample system as a spec with scenarios. The engines are the real ones."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import pytest

from chart.sample import LEFT, SCOPE, SYSTEM
from hvcheck.plan import work as working
from hvcheck.stateful import setup
from hvmodel.expression import Literal
from hvmodel.source import Span
from hvmodel.system import Scope, System
from hvspec.diagnostic import Diagnostic, Fix, Related
from hvspec.spec import Claimed, Expectation, ExpectedWord, Parameter, Scenario, ScopeChoice, Setting, Spec

TEXT = """era sample "A sample of 2012"

param writes: int = 1
param commit: bool = true

actor HostVss on host {
  on DoSnapshotSet { -> StorageProvder: CommitSnapshots }
}

// what it promises

property AppConsistent "the image is the recovered instant"
  always all vm: VM, d: DISK . copied[vm] implies taken[vm, d] == recovered[vm, d]
"""

BROKEN = Diagnostic(
    "HV104",
    "no actor is called StorageProvder",
    Span("sample.hvs", 7, 25, 7, 39),
    expected="an actor",
    found="StorageProvder",
    fix=Fix("write StorageProvider", Span("sample.hvs", 7, 25, 7, 39), "StorageProvider"),
    related=(Related("this actor sends the message", Span("sample.hvs", 6, 7, 6, 14)),),
)


def expecting(**words: ExpectedWord) -> tuple[Expectation, ...]:
    return tuple(Expectation(name, word) for name, word in words.items())


ALWAYS_SO = expecting(Completes="violated", OneSnapshot="violated")
DRIFTS = Expectation("AppConsistent", "violated", by="AppWrite", because="nobody stops the guest after its thaw")

SPEC = Spec(
    "sample",
    "A sample of 2012",
    "sample.hvs",
    (Parameter("writes", "int 0..1", 1, "guest writes"), Parameter("commit", "bool", True)),
    (
        ScopeChoice("small", {"VM": 1, "DISK": 2, "DATA": 2}, {}),
        ScopeChoice("large", {"VM": 1, "DISK": 3, "DATA": 2}, {}),
    ),
    (
        Scenario("drift", "the guest goes on writing", {}, (*ALWAYS_SO, DRIFTS)),
        Scenario("quiet", "nobody writes", {"writes": 0}, ALWAYS_SO),
        Scenario(
            "no_commit",
            "the host never commits",
            {"commit": False},
            expecting(Completes="violated", BackupSucceeds="violated"),
        ),
    ),
    tuple(
        Claimed(claim.name, claim.title, claim.claim, "P1" if claim.name == "AppConsistent" else "")
        for claim in SYSTEM.properties
    ),
    {"sample.hvs": TEXT},
)


def load(name: str, **_: bool) -> tuple[Spec | None, tuple[Diagnostic, ...]]:
    if name == "broken.hvs":
        return None, (BROKEN,)
    if name not in ("sample", "other"):
        return None, (Diagnostic("HV001", f"no era or file is called {name}", Span("", 0, 0, 0, 0)),)
    return (SPEC if name == "sample" else OTHER), ()


OTHER = replace(SPEC, name="other", scenarios=(SPEC.scenarios[2],))
"""A spec without a scenario that violates OneSnapshot: its rival stands in `sample`."""


def compile_system(
    spec: Spec, *, scenario: str | None, scope: str | None, settings: Mapping[str, Setting]
) -> tuple[System | None, Scope | None, tuple[Diagnostic, ...]]:
    chosen = next((one for one in spec.scenarios if one.name == scenario), None)
    values: dict[str, Setting] = {"writes": 1, "commit": True, **(chosen.settings if chosen else {}), **settings}
    actions = tuple(action for action in SYSTEM.actions if values["commit"] or action.name != "HostCommit")
    spent = Literal(0 if values["writes"] else 2, LEFT.range)
    functions = tuple(replace(one, initial=spent) if one == LEFT else one for one in SYSTEM.functions)
    system = replace(SYSTEM, actions=actions, functions=functions, budgets=(("writes", int(values["writes"])),))
    sizes = Scope("large", (("VM", 1), ("DISK", 3), ("DATA", 2))) if scope == "large" else SCOPE
    return system, sizes, ()


@pytest.fixture
def fake_specs(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """The command line finds the sample instead of the compiler's specs, and two files beside it."""
    for name in ("broken.hvs", "other"):
        (tmp_path / name).write_text(TEXT)
    monkeypatch.chdir(tmp_path)
    loading, compiling = ModuleType("hvspec.load"), ModuleType("hvspec.compile")
    loading.load, loading.era_names = load, lambda: ("sample",)  # type: ignore[attr-defined]
    compiling.compile_system = compile_system  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "hvspec.load", loading)
    monkeypatch.setitem(sys.modules, "hvspec.compile", compiling)
    monkeypatch.setattr(setup, "compile_system", compile_system)
    working.load_spec.cache_clear()
    yield
    working.load_spec.cache_clear()
