"""A run as JSON in the manner of the Informal Trace Format (ITF): every state as an object."""

from __future__ import annotations

from typing import Any

from hvmodel.semantics import Step
from hvmodel.state import Layout, State
from hvmodel.system import Function
from hvmodel.trace import Trace

from .changed import describe_changes
from .naming import value_name
from .run import step_label


def to_itf(layout: Layout, trace: Trace, description: str = "") -> dict[str, Any]:
    """`vars` name the state's functions; a function with a domain is an ITF map of its cells.

    Beyond ITF, each state but the first has under `#meta` the step that led to it, by action and arguments.
    """
    functions = layout.system.functions
    result: dict[str, Any] = {
        "#meta": {
            "format": "ITF",
            "system": layout.system.name,
            "scope": dict(layout.scope.sizes),
            "description": description,
        },
        "vars": [function.name for function in functions],
        "states": [_state(layout, trace, position) for position in range(len(trace.states))],
    }
    if trace.loop is not None:
        result["loop"] = trace.loop
    return result


def steps_json(layout: Layout, trace: Trace) -> list[dict[str, Any]]:
    """The steps of a run, each with what it changed: all that is needed to read the run, or to take it again."""
    return [_step(layout, trace, position) for position in range(1, len(trace.states))]


def _step(layout: Layout, trace: Trace, position: int) -> dict[str, Any]:
    before, step = trace.states[position - 1], trace.steps[position - 1]
    return {
        "action": step.action,
        "arguments": _arguments(layout, step),
        "label": step_label(layout, step, before),
        "changes": list(describe_changes(layout, before, trace.states[position])),
    }


def _state(layout: Layout, trace: Trace, position: int) -> dict[str, Any]:
    meta = {"index": position, **(_step(layout, trace, position) if position else {})}
    state = trace.states[position]
    return {"#meta": meta, **{function.name: _value(layout, function, state) for function in layout.system.functions}}


def _arguments(layout: Layout, step: Step) -> dict[str, str]:
    parameters = layout.system.action[step.action].parameters
    return {
        parameter.name: value_name(layout.system, value, parameter.type)
        for parameter, value in zip(parameters, step.arguments, strict=True)
    }


def _value(layout: Layout, function: Function, state: State) -> Any:
    if not function.domain:
        return _plain(layout, function, state, ())
    pairs = []
    for arguments in layout.domain(function):
        names = [value_name(layout.system, v, t) for v, t in zip(arguments, function.domain, strict=True)]
        key: Any = names[0] if len(names) == 1 else {"#tup": names}
        pairs.append([key, _plain(layout, function, state, arguments)])
    return {"#map": pairs}


def _plain(layout: Layout, function: Function, state: State, arguments: tuple[Any, ...]) -> Any:
    """JSON's own booleans and small numbers; elements of sorts and enumerations by name."""
    value = state.read(layout, function.name, *arguments)
    name = value_name(layout.system, value, function.range)
    return value if isinstance(value, bool) or name == str(value) else name
