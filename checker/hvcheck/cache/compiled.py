"""A spec's system, from the cache if there is one. A run without a cache imports nothing else of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, TypeAlias

from hvmodel.system import Scope, System
from hvspec.diagnostic import Diagnostic
from hvspec.spec import Setting, Spec

if TYPE_CHECKING:
    from .cache import Cache

CompiledSystem: TypeAlias = tuple[System | None, Scope | None, tuple[Diagnostic, ...]]


def compiled_system(
    cache: Cache | None,
    spec: Spec,
    *,
    scenario: str | None = None,
    scope: str | None = None,
    settings: Mapping[str, Setting] | None = None,
) -> CompiledSystem:
    """As `hvspec.compile.compile_system`."""
    if cache is not None:
        return cache.system(spec, scenario=scenario, scope=scope, settings=settings or {})
    from hvspec.compile import compile_system

    return compile_system(spec, scenario=scenario, scope=scope, settings=settings or {})
