"""The checker: engines, verdicts with their evidence, charts, and the command line.

For tests of one's own: `state_machine`, `replay`, `Adapter`, `on`, `observe`, `Refused`. They are imported when they
are first asked for, so that `import hvcheck` costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .adapter.adapter import Adapter, Refused, observe, on
    from .adapter.problem import AdapterError
    from .plan.choice import UsageError
    from .stateful.setup import InvalidSpecError
    from .stateful.state_machine import NonconformanceError, ReplayError, replay, state_machine

__version__ = "0.1.0"

__all__ = [
    "Adapter",
    "AdapterError",
    "InvalidSpecError",
    "NonconformanceError",
    "Refused",
    "ReplayError",
    "UsageError",
    "observe",
    "on",
    "replay",
    "state_machine",
]

_HOMES = {
    "Adapter": ".adapter.adapter",
    "AdapterError": ".adapter.problem",
    "InvalidSpecError": ".stateful.setup",
    "NonconformanceError": ".stateful.state_machine",
    "Refused": ".adapter.adapter",
    "ReplayError": ".stateful.state_machine",
    "UsageError": ".plan.choice",
    "observe": ".adapter.adapter",
    "on": ".adapter.adapter",
    "replay": ".stateful.state_machine",
    "state_machine": ".stateful.state_machine",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name], __name__), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *_HOMES])
