"""Naming apart: every bound variable and parameter gets a name of its own, so that substitution captures nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from itertools import count
from types import MappingProxyType

from hvmodel.expression import Apply, Expression, Literal, Quantifier, Read, Variable
from hvmodel.system import Action, Function, System
from hvmodel.types import Option, Sort

Renaming = Mapping[str, Variable]
_NOTHING: Renaming = MappingProxyType({})


class Names:
    """Hands out names: `vm` becomes `vm'7`, which is still shown as `vm`."""

    def __init__(self, system: System) -> None:
        self._numbers = count(1)
        self._constants = {(literal.type, literal.value): literal.name for literal in system.constants}

    def fresh(self, variables: tuple[Variable, ...], renaming: Renaming) -> tuple[tuple[Variable, ...], Renaming]:
        renamed = tuple(
            replace(variable, name=f"{variable.name.partition(chr(39))[0]}'{next(self._numbers)}")
            for variable in variables
        )
        named = zip((variable.name for variable in variables), renamed, strict=True)
        return renamed, {**renaming, **dict(named)}

    def expression(self, expression: Expression, renaming: Renaming = _NOTHING) -> Expression:
        """The same meaning, named apart; literals of one value become one literal."""
        match expression:
            case Literal(value, type_):
                inner = type_.of if isinstance(type_, Option) else type_
                name = self._constants.get((inner, value), "") if isinstance(inner, Sort) else ""
                return Literal(value, type_, name)
            case Variable(name):
                return renaming.get(name, expression)
            case Read(_, arguments):
                return replace(expression, arguments=tuple(self.expression(part, renaming) for part in arguments))
            case Apply(_, arguments):
                return replace(expression, arguments=tuple(self.expression(part, renaming) for part in arguments))
            case Quantifier(kind, variables, body):
                bound, inside = self.fresh(variables, renaming)
                return Quantifier(kind, bound, self.expression(body, inside))

    def function(self, function: Function) -> Function:
        initial = self.expression(function.initial)
        assert isinstance(initial, Literal)
        return replace(function, initial=initial)

    def action(self, action: Action) -> Action:
        """The action with parameters, guards and writes named apart; events are left as their author wrote them."""
        parameters, renaming = self.fresh(action.parameters, _NOTHING)
        guards = tuple(
            replace(guard, expression=self.expression(guard.expression, renaming)) for guard in action.guards
        )
        writes = []
        for write in action.writes:
            binders, inside = self.fresh(write.binders, renaming)
            indices = tuple(self.expression(index, inside) for index in write.indices)
            value, where = self.expression(write.value, inside), self.expression(write.where, inside)
            writes.append(replace(write, binders=binders, indices=indices, value=value, where=where))
        return replace(action, parameters=parameters, guards=guards, writes=tuple(writes))
