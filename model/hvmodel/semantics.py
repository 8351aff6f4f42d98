"""The one meaning of expressions and actions: the reference that every other evaluator is tested against."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import product
from types import MappingProxyType
from typing import Any, cast

from .dataclass import dataclass
from .expression import Apply, Expression, Literal, Quantifier, Read, Variable
from .state import Layout, State, values
from .system import Action, Obligation
from .types import Option, Value

Bindings = Mapping[str, Value]

OPERATIONS: Mapping[str, Callable[..., Any]] = MappingProxyType(
    {
        "not": lambda a: not a,
        "and": lambda *parts: all(parts),
        "or": lambda *parts: any(parts),
        "implies": lambda a, b: not a or b,
        "==": lambda a, b: a == b,
        "<": lambda a, b: a < b,
        "<=": lambda a, b: a <= b,
        "+": lambda a, b: a + b,
        "-": lambda a, b: a - b,
        "if": lambda condition, then, otherwise: then if condition else otherwise,
        "just": lambda a: a,
    }
)
"""What each operation does with its arguments' values. `value` needs its type too and stands in `evaluate`."""


def evaluate(expression: Expression, layout: Layout, state: State, bindings: Bindings) -> Value:
    """The value of an expression in a state. Total: the `value` of `none` is the first value of its type."""
    match expression:
        case Literal(value):
            return value
        case Variable(name):
            return bindings[name]
        case Read(function, arguments):
            cell = tuple(evaluate(argument, layout, state, bindings) for argument in arguments)
            return state.values[layout.index[function, cell]]
        case Apply("value", (option,)):
            inside = evaluate(option, layout, state, bindings)
            return values(cast(Option, option.type).of, layout.scope)[0] if inside is None else inside
        case Apply(operation, arguments):
            parts = [evaluate(argument, layout, state, bindings) for argument in arguments]
            return cast(Value, OPERATIONS[operation](*parts))
        case Quantifier(kind, variables, body):
            decide = all if kind == "all" else any
            return decide(evaluate(body, layout, state, inner) for inner in _assignments(variables, layout, bindings))


def holds(expression: Expression, layout: Layout, state: State, bindings: Bindings = MappingProxyType({})) -> bool:
    return bool(evaluate(expression, layout, state, bindings))


def _assignments(variables: tuple[Variable, ...], layout: Layout, outer: Bindings) -> Iterator[dict[str, Value]]:
    for chosen in product(*(values(variable.type, layout.scope) for variable in variables)):
        yield {**outer, **{variable.name: value for variable, value in zip(variables, chosen, strict=True)}}


@dataclass(frozen=True, slots=True)
class Step:
    """One action with values for its parameters."""

    action: str
    arguments: tuple[Value, ...]


def instances(action: Action, layout: Layout) -> Iterator[tuple[Value, ...]]:
    return product(*(values(parameter.type, layout.scope) for parameter in action.parameters))


def bind(action: Action, arguments: tuple[Value, ...]) -> dict[str, Value]:
    return {parameter.name: value for parameter, value in zip(action.parameters, arguments, strict=True)}


def is_enabled(action: Action, arguments: tuple[Value, ...], layout: Layout, state: State) -> bool:
    bindings = bind(action, arguments)
    return all(holds(guard.expression, layout, state, bindings) for guard in action.guards)


def enabled(layout: Layout, state: State) -> Iterator[Step]:
    """Every step that can be taken, in the order of the system's actions and of their parameters' values."""
    for action in layout.system.actions:
        for arguments in instances(action, layout):
            if is_enabled(action, arguments, layout, state):
                yield Step(action.name, arguments)


def apply(layout: Layout, state: State, step: Step) -> State:
    """The state after an enabled step. Writes read the state before; of several to one cell the last wins."""
    action = layout.system.action[step.action]
    bindings = bind(action, step.arguments)
    result = list(state.values)
    for write in action.writes:
        for inner in _assignments(write.binders, layout, bindings):
            if holds(write.where, layout, state, inner):
                cell = tuple(evaluate(index, layout, state, inner) for index in write.indices)
                result[layout.index[write.function, cell]] = evaluate(write.value, layout, state, inner)
    return State(tuple(result))


def breaches(layout: Layout, state: State, step: Step) -> Iterator[Obligation]:
    """The obligations that a step breaks: a storage operation without its `requires`, a number out of range."""
    action = layout.system.action[step.action]
    bindings = bind(action, step.arguments)
    for obligation in action.obligations:
        for inner in _assignments(obligation.binders, layout, bindings):
            if holds(obligation.where, layout, state, inner) and not holds(obligation.expression, layout, state, inner):
                yield obligation
                break
