"""Loading and compiling the specs of the tests."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from hvmodel.system import Scope, System
from hvspec.compile import compile_system
from hvspec.load import load
from hvspec.spec import Setting, Spec

HERE = Path(__file__).parent


def loaded(name: str | Path) -> Spec:
    """A spec that must have no errors."""
    spec, diagnostics = load(str(name))
    assert spec is not None, [f"{one.span}: {one.code} {one.message}" for one in diagnostics]
    return spec


def compiled(
    spec: Spec, scenario: str | None = None, scope: str | None = None, settings: Mapping[str, Setting] | None = None
) -> tuple[System, Scope]:
    """The system of a spec that must compile; `default` names the only scenario of a spec without any."""
    system, sizes, wrong = compile_system(spec, scenario=scenario, scope=scope, settings=settings)
    assert system is not None, [f"{one.span}: {one.code} {one.message}" for one in wrong]
    assert sizes is not None
    return system, sizes
