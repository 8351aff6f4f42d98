"""`dataclasses.dataclass`, which makes a frozen class with slots in a seventh of the time.

Nearly all classes here are that, and a short run makes two hundred of them. The standard decorator writes and compiles
six functions for each. Here `__init__`, `__eq__` and `__hash__` are compiled once for each number of fields and get the
names of a class's own fields. What the fields are, slots and `match` are the standard decorator's doing, and so is the
whole class if anything about it is out of the ordinary. A test compares what the two make.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from dataclasses import MISSING, Field, FrozenInstanceError, field
from functools import cache
from reprlib import recursive_repr
from types import CodeType, FunctionType
from typing import Any, dataclass_transform

_OWN = ("__init__", "__eq__", "__hash__", "__setattr__", "__delattr__", "__repr__", "__getstate__", "__setstate__")
_NOT_PLAIN = frozenset({*_OWN, "__post_init__"})


@dataclass_transform(field_specifiers=(field,))
def dataclass(cls: Any = None, /, **options: Any) -> Any:
    """The standard decorator, only faster."""
    if cls is None and options == {"frozen": True, "slots": True}:
        return _frozen
    return dataclasses.dataclass(cls, **options)


def _frozen(cls: Any) -> Any:
    return _made(cls) if _is_plain(cls) else dataclasses.dataclass(frozen=True, slots=True)(cls)


def _is_plain(cls: Any) -> bool:
    """Whether nothing is inherited, each field is set by an argument of its own, and no method made here is there."""
    own, kinds = vars(cls), " ".join(map(str, cls.__annotations__.values()))
    return (
        cls.__bases__ == (object,)
        and _NOT_PLAIN.isdisjoint(own)
        and not any(special in kinds for special in ("InitVar", "KW_ONLY"))
        and all(_is_plain_field(value) for value in own.values() if isinstance(value, Field))
        and "self" not in cls.__annotations__
    )


def _is_plain_field(one: Field[Any]) -> bool:
    return one.init and one.default_factory is MISSING and one.hash is None and one.kw_only is not True


def _made(cls: Any) -> Any:
    cls.__doc__ = cls.__doc__ or f"{cls.__name__}({', '.join(cls.__annotations__)})"  # else inspected for one
    made: Any = dataclasses.dataclass(init=False, repr=False, eq=False, slots=True)(cls)
    for parameter in ("init", "repr", "eq", "frozen"):
        setattr(made.__dataclass_params__, parameter, True)
    fields = dataclasses.fields(made)
    defaults = tuple([one.default for one in fields if one.default is not MISSING])
    if any(one.default is MISSING for one in fields[len(fields) - len(defaults) :]):
        raise TypeError(f"{made.__qualname__}: a field without a default follows one that has a default")
    names, compared = [one.name for one in fields], [one.name for one in fields if one.compare]
    setters = [vars(made)[name].__set__ for name in names]
    init = FunctionType(_renamed(_init(len(names)), names), {f"set{k}": setter for k, setter in enumerate(setters)})
    init.__defaults__ = defaults
    comparing = [FunctionType(_renamed(code, compared), {}) for code in _comparing(len(compared))]
    methods = (init, *comparing, *_shared(made, frozenset(names), setters))
    for name, method in zip(_OWN, methods, strict=True):
        method.__name__, method.__qualname__, method.__module__ = name, f"{made.__qualname__}.{name}", made.__module__
        setattr(made, name, method)
    return made


def _shared(made: Any, names: frozenset[str], setters: Sequence[Callable[[Any, Any], None]]) -> tuple[Any, ...]:
    """The methods that need no code of their own."""
    shown = [one.name for one in dataclasses.fields(made) if one.repr]

    def assign(self: Any, name: str, value: object) -> None:
        if type(self) is made or name in names:
            raise FrozenInstanceError(f"cannot assign to field {name!r}")
        super(made, self).__setattr__(name, value)

    def delete(self: Any, name: str) -> None:
        if type(self) is made or name in names:
            raise FrozenInstanceError(f"cannot delete field {name!r}")
        super(made, self).__delattr__(name)

    @recursive_repr()
    def show(self: Any) -> str:
        return f"{type(self).__qualname__}({', '.join([f'{name}={getattr(self, name)!r}' for name in shown])})"

    def state(self: Any) -> list[Any]:
        return [getattr(self, name) for name in made.__slots__]

    def restore(self: Any, state: Sequence[Any]) -> None:
        for setter, value in zip(setters, state, strict=True):
            setter(self, value)

    return assign, delete, show, state, restore


@cache
def _init(count: int) -> CodeType:
    """`__init__` of a class with fields field0, field1 and so on, which set0, set1 and so on set."""
    parameters = ", ".join(("self", *(f"field{k}" for k in range(count))))
    return _compiled(
        f"def __init__({parameters}): {'; '.join(f'set{k}(self, field{k})' for k in range(count)) or 'pass'}"
    )


@cache
def _comparing(count: int) -> tuple[CodeType, CodeType]:
    """`__eq__` and `__hash__` of such a class."""
    mine, theirs = ("".join(f"{whose}.field{k}, " for k in range(count)) for whose in ("self", "other"))
    same = f"({mine}) == ({theirs}) if other.__class__ is self.__class__ else NotImplemented"
    return _compiled(f"def __eq__(self, other): return {same}"), _compiled(f"def __hash__(self): return hash(({mine}))")


def _compiled(text: str) -> CodeType:
    made: dict[str, Any] = {}
    exec(text, {}, made)
    (function,) = made.values()
    code: CodeType = function.__code__
    return code


def _renamed(code: CodeType, names: Sequence[str]) -> CodeType:
    """The same code for fields of these names."""
    own = {f"field{k}": name for k, name in enumerate(names)}
    used, local = [own.get(name, name) for name in code.co_names], [own.get(name, name) for name in code.co_varnames]
    return code.replace(co_names=tuple(used), co_varnames=tuple(local))
