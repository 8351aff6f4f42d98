"""A spec's system, from the cache if there is one. A run without a cache imports nothing else of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol, TypeAlias

from hvmodel.system import Scope, System
from hvspec.diagnostic import Diagnostic
from hvspec.spec import Setting, Spec

CompiledSystem: TypeAlias = tuple[System | None, Scope | None, tuple[Diagnostic, ...]]


class Systems(Protocol):
    """What has systems that were compiled earlier."""

    def system(
        self, spec: Spec, *, scenario: str | None, scope: str | None, settings: Mapping[str, Setting]
    ) -> CompiledSystem: ...


def compiled_system(
    kept: Systems | None,
    spec: Spec,
    *,
    scenario: str | None = None,
    scope: str | None = None,
    settings: Mapping[str, Setting] | None = None,
) -> CompiledSystem:
    """As `hvspec.compile.compile_system`."""
    if kept is not None:
        return kept.system(spec, scenario=scenario, scope=scope, settings=settings or {})
    from hvspec.compile import compile_system

    return compile_system(spec, scenario=scenario, scope=scope, settings=settings or {})
