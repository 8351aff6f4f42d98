"""An action as a TLA+ action: what must hold, and what every variable is afterwards."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from hvmodel.expression import TRUE, Expression, Read, Variable
from hvmodel.system import Action, Effects, Function, Write

from ..claims import kept
from .terms import Terms


def action_lines(action: Action, name: str, terms: Terms) -> Iterator[str]:
    """The definition of an action. Steps that break an obligation are not taken."""
    inner = terms.binding(action.parameters)
    parameters = ", ".join(inner.variables[parameter.name] for parameter in action.parameters)
    yield f"{name}({parameters}) ==" if parameters else f"{name} =="
    for condition in (*(guard.expression for guard in action.guards), kept(action)):
        if condition != TRUE:
            yield f"  /\\ {inner.term(condition)}"
        inner = inner.given(condition)
    functions = terms.words.layout.system.functions
    for function in functions:
        writes = [write for write in action.writes if write.function == function.name]
        if writes:
            yield f"  /\\ {terms.words.functions[function.name]}' = {_after(function, writes, inner)}"
    written = {write.function for write in action.writes}
    same = [terms.words.functions[function.name] for function in functions if function.name not in written]
    if same:
        yield f"  /\\ UNCHANGED <<{', '.join(same)}>>"


def _after(function: Function, writes: Sequence[Write], terms: Terms) -> str:
    """What a variable is after some writes to it."""
    if not function.domain or any(write.binders for write in writes):
        return _everywhere(function, writes, terms)
    changes = ", ".join(f"!{terms.index(write.indices)} = {_written(write, terms)}" for write in writes)
    return f"[{terms.words.functions[function.name]} EXCEPT {changes}]"


def _written(write: Write, terms: Terms) -> str:
    value = terms.given(write.where).term(write.value)
    return value if write.where == TRUE else f"IF {terms.term(write.where)} THEN {value} ELSE @"


def _everywhere(function: Function, writes: Sequence[Write], terms: Terms) -> str:
    """The value of any cell after the writes, by substitution."""
    indices = tuple(Variable(f"at{i}", type_) for i, type_ in enumerate(function.domain))
    inner = terms.binding(indices)
    cell: Read = function.at(*indices)
    after: Expression = Effects(list(writes)).read(function.name, cell.arguments, function.range)
    if not indices:
        return inner.term(after)
    return f"[{inner.binders(indices)} |-> {inner.term(after)}]"
