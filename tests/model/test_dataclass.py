"""Classes made by `hvmodel.dataclass` behave like those that the standard decorator makes."""

from __future__ import annotations

import copy
import dataclasses
import inspect
import pickle
import sys
from collections.abc import Callable
from importlib import import_module
from pkgutil import walk_packages
from typing import Any, ClassVar

import pytest

import hvcheck
import hvmodel
import hvspec
from hvmodel.dataclass import dataclass

quick = dataclass(frozen=True, slots=True)
standard = dataclasses.dataclass(frozen=True, slots=True)


def made(decorator: Callable[[type[Any]], type[Any]], body: dict[str, Any], kinds: dict[str, str], name: str) -> Any:
    """A class with these annotations, found by pickle under a name of its own."""
    own = {"__annotations__": kinds, "__module__": __name__, "__qualname__": name, **body}
    cls: Any = decorator(type(name, (), own))
    setattr(sys.modules[__name__], name, cls)
    return cls


FIELD = dataclasses.field
SHAPES: dict[str, tuple[dict[str, Any], dict[str, str], tuple[Any, ...], tuple[Any, ...]]] = {
    # What the body has, the annotations, arguments, and other arguments.
    "none": ({}, {}, (), ()),
    "one": ({}, {"a": "int"}, (1,), (2,)),
    "two": ({"__doc__": "A pair."}, {"a": "int", "b": "str"}, (1, "x"), (1, "y")),
    "default": ({"b": "x", "c": None}, {"a": "int", "b": "str", "c": "object"}, (1, "z"), (1, "z", 3)),
    "names": ({}, {"field1": "int", "field0": "int", "set0": "int", "other": "int"}, (1, 2, 3, 4), (2, 1, 3, 4)),
    "builtin": ({}, {"hash": "int", "NotImplemented": "int", "type": "int"}, (1, 2, 3), (1, 2, 4)),
    "many": ({}, {f"f{k}": "int" for k in range(12)}, tuple(range(12)), tuple(range(1, 13))),
    "quiet": (
        {"b": FIELD(default=0, compare=False), "c": FIELD(default=0, repr=False)},
        {"a": "int", "b": "int", "c": "int"},
        (1, 2),
        (1, 3, 4),
    ),
    "same": ({"b": FIELD(default=0, compare=False)}, {"a": "int", "b": "int"}, (1, 2), (1, 3)),
    "uncompared": ({"a": FIELD(compare=False)}, {"a": "int"}, (1,), (2,)),
    "class_variable": ({"word": "W"}, {"word": "ClassVar[str]", "a": "int"}, (1,), (2,)),
    "factory": ({"b": FIELD(default_factory=tuple)}, {"a": "int", "b": "tuple"}, (1,), (1, (2,))),
    "not_given": ({"b": FIELD(init=False, default=3)}, {"a": "int", "b": "int"}, (1,), (2,)),
    "by_name": ({"b": FIELD(default=3, kw_only=True)}, {"a": "int", "b": "int"}, (1,), (2,)),
    "hashed": ({"b": FIELD(default=3, hash=False)}, {"a": "int", "b": "int"}, (1, 2), (1, 4)),
    "self": ({}, {"self": "int"}, (1,), (2,)),
    "own_hash": ({"__hash__": lambda _: 7}, {"a": "int"}, (1,), (2,)),
    "own_repr": ({"__repr__": lambda _: "me"}, {"a": "int"}, (1,), (2,)),
    "method": ({"__str__": lambda self: f"<{self.a}>"}, {"a": "int"}, (1,), (2,)),
    "after": ({"__post_init__": lambda self: str(self.a)}, {"a": "int"}, (1,), (2,)),
}


def raised(work: Callable[[], object]) -> tuple[type[BaseException], str] | object:
    try:
        return work()
    except Exception as error:
        return type(error), str(error)


@pytest.mark.parametrize("shape", SHAPES)
def test_what_is_made_is_alike(shape: str) -> None:
    body, kinds, arguments, others = SHAPES[shape]
    pair = [made(decorator, dict(body), dict(kinds), "Made") for decorator in (quick, standard)]
    seen = [behaviour(cls, tuple(dataclasses.fields(pair[1])), arguments, others) for cls in pair]
    assert seen[0] == seen[1]


def behaviour(cls: Any, fields: tuple[Any, ...], arguments: tuple[Any, ...], others: tuple[Any, ...]) -> dict[str, Any]:
    """All that can be seen of a class and of its objects, as data that can be compared."""
    sys.modules[__name__].Made = cls
    one, twin, other = cls(*arguments), cls(*arguments), cls(*others)
    named = {field.name: value for field, value in zip(fields, arguments, strict=False)}
    first = fields[0].name if fields else "a"
    parameters = inspect.signature(cls).parameters.values()
    return {
        "text": (str(one), repr(one), repr(other)),
        "equal": (one == twin, one != twin, one == other, one == 1, one.__eq__(1) is NotImplemented),
        "hash": (hash(one), hash(one) == hash(twin), len({one, twin, other})),
        "match": cls.__match_args__,
        "slots": (cls.__slots__, hasattr(one, "__dict__")),
        "fields": [(f.name, f.type, f.compare, f.repr, f.init, f.hash) for f in dataclasses.fields(cls)],
        "parameters": [(one.name, one.kind, one.default is inspect.Parameter.empty) for one in parameters],
        "settings": str(cls.__dataclass_params__),
        "values": (dataclasses.astuple(one), dataclasses.asdict(other)),
        "by name": raised(lambda: cls(**named) == one),
        "missing": raised(lambda: repr(cls())),
        "too many": raised(lambda: cls(*range(20))),
        "unknown": raised(lambda: cls(*arguments, unknown=1)),
        "set": raised(lambda: fields and setattr(one, first, 5)),
        "delete": raised(lambda: fields and delattr(one, first)),
        "replace": raised(lambda: repr(dataclasses.replace(one, **{first: 5}))),
        "pickle": raised(lambda: pickle.loads(pickle.dumps(one)) == one),
        "copies": raised(lambda: (copy.copy(one) == one, copy.deepcopy(other) == other)),
        "names": [(m, getattr(cls, m).__qualname__, getattr(cls, m).__module__) for m in ("__init__", "__eq__")],
        "doc": cls.__doc__ if cls.__doc__ == "A pair." else bool(cls.__doc__),
    }


@pytest.mark.parametrize(
    ("name", "method"),
    [
        ("__eq__", lambda one, other: one.a == other.a if type(other) is type(one) else NotImplemented),
        ("__hash__", lambda one: hash(one.a)),
        ("__repr__", lambda one: f"Made(a={one.a!r})"),
        ("__setattr__", object.__setattr__),
        ("__setstate__", lambda one, state: object.__setattr__(one, "a", state[0])),
        ("__match_args__", ("b", "a")),
    ],
)
def test_the_comparison_can_fail(name: str, method: object) -> None:
    body, kinds, arguments, others = SHAPES["two"]
    one, other = (made(decorator, dict(body), dict(kinds), "Made") for decorator in (quick, standard))
    setattr(one, name, method)
    fields = tuple(dataclasses.fields(other))
    assert behaviour(one, fields, arguments, others) != behaviour(other, fields, arguments, others)


def test_nothing_new_can_be_set() -> None:
    """The standard decorator forgets that there are slots, and fails with a TypeError."""
    for change in (lambda: setattr(Base(1), "unheard", 5), lambda: delattr(Base(1), "unheard")):
        with pytest.raises(dataclasses.FrozenInstanceError, match="unheard"):
            change()


def test_a_default_before_none_and_a_changeable_default_are_refused() -> None:
    for body, kinds in (({"a": 1}, {"a": "int", "b": "int"}), ({"a": []}, {"a": "list"})):
        for decorator in (quick, standard):
            with pytest.raises((TypeError, ValueError)):
                made(decorator, dict(body), dict(kinds), "Made")


@quick
class Base:
    a: int


@quick
class Derived(Base):
    b: int = 2


def test_a_class_can_be_derived_from() -> None:
    one = Derived(1, 3)
    assert (one.a, one.b, repr(one)) == (1, 3, "Derived(a=1, b=3)")
    assert one != Base(1)
    assert pickle.loads(pickle.dumps(one)) == one
    with pytest.raises(dataclasses.FrozenInstanceError):
        one.a = 2  # type: ignore[misc]


class Loose(Base):
    """With a dictionary of its own."""


def test_only_the_fields_of_a_loose_child_are_fixed() -> None:
    one: Any = Loose(1)
    one.b = 5
    del one.b
    for change in (lambda: setattr(one, "a", 2), lambda: delattr(one, "a")):
        with pytest.raises(dataclasses.FrozenInstanceError):
            change()


@quick
class Node:
    value: object
    word: ClassVar[str] = "node"


def test_it_is_shown_and_matched() -> None:
    ring: list[Any] = []
    ring.append(Node(ring))
    assert repr(ring[0]) == "Node(value=[...])"
    match Node(Node(1)):
        case Node(Node(value)):
            assert value == 1
        case _:
            raise AssertionError


def classes() -> list[type[Any]]:
    """Every frozen class with slots of the three packages."""
    names = [
        name
        for package in (hvmodel, hvspec, hvcheck)
        for _, name, _ in walk_packages(package.__path__, f"{package.__name__}.")
        if not name.endswith("__main__")
    ]
    found = [value for name in names for value in vars(import_module(name)).values() if isinstance(value, type)]
    ours = [cls for cls in dict.fromkeys(found) if dataclasses.is_dataclass(cls) and cls.__module__.startswith("hv")]
    return [cls for cls in ours if cls.__dataclass_params__.frozen and "__slots__" in vars(cls)]


def test_the_classes_of_the_packages_are_made_quickly_and_take_their_arguments_in_order() -> None:
    known = classes()
    quick_ones = [cls for cls in known if cls.__setattr__.__code__.co_filename.endswith("dataclass.py")]
    assert len(quick_ones) > 0.8 * len(known) > 200
    for cls in quick_ones:
        names = [field.name for field in dataclasses.fields(cls)]
        values = [object() for _ in names]
        one = cls(*values)
        assert [getattr(one, name) for name in names] == values, cls
        assert cls(**dict(zip(names, values, strict=True))) == one, cls
