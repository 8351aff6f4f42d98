"""Fitting an adapter to a spec: every name known, every value that a method asks for there to be given."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import field
from difflib import get_close_matches
from fnmatch import fnmatchcase
from typing import Any

from hvmodel.dataclass import dataclass
from hvmodel.system import Action, Function, System
from hvspec.diagnostic import Diagnostic, Fix
from hvspec.program import Program

from .adapter import Adapter, marks_of
from .problem import AdapterError, class_place, place_of
from .vocabulary import Doing, doings, observables

_DEFERRED = (inspect.iscoroutinefunction, inspect.isgeneratorfunction, inspect.isasyncgenfunction)
"""Kinds of functions that do nothing when they are called."""

_NAMED = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)


@dataclass(frozen=True, slots=True)
class Doer:
    """A method that does something: `wants` are the values it takes, None for all of them."""

    attribute: str
    wants: tuple[str, ...] | None


@dataclass(frozen=True, slots=True)
class Seer:
    """A method that shows a variable of the state."""

    attribute: str
    name: str
    function: Function


@dataclass(frozen=True, slots=True)
class Fitted:
    """An adapter that fits a system. `doers` is by the name of what happens."""

    tool: type[Adapter]
    words: Mapping[str, Doing]
    doers: Mapping[str, Doer]
    seers: tuple[Seer, ...]


def fit(tool: type[Adapter], program: Program, system: System) -> Fitted:
    """Raises AdapterError with everything that is wrong, and TypeError for what is no adapter at all."""
    __tracebackhide__ = True
    if not (isinstance(tool, type) and issubclass(tool, Adapter)):
        raise TypeError(f"adapter: a subclass of hvcheck.Adapter is needed, not {tool!r}")
    fitting = _Fitting(tool, doings(program, system), observables(system))
    fitting.run()
    problems = [*fitting.problems, *_general(tool), *_refused(tool, fitting, system)]
    if problems:
        raise AdapterError(problems)
    return Fitted(tool, fitting.words, fitting.doers, tuple(fitting.seers))


@dataclass
class _Fitting:
    tool: type[Adapter]
    words: Mapping[str, Doing]
    shown: Mapping[str, Function]
    doers: dict[str, Doer] = field(default_factory=dict)
    seers: list[Seer] = field(default_factory=list)
    problems: list[Diagnostic] = field(default_factory=list)

    def run(self) -> None:
        for attribute, marks in marks_of(self.tool).items():
            method = getattr(self.tool, attribute)
            if not callable(method) or any(deferred(method) for deferred in _DEFERRED):
                self._report("AD06", f"{attribute} is not a plain method", method, attribute, "def, without yield")
                continue
            for mark in marks:
                if mark.kind == "does":
                    self._does(attribute, method, mark.name)
                else:
                    self._shows(attribute, method, mark.name)

    def _does(self, attribute: str, method: Callable[..., Any], name: str) -> None:
        word = self._known(method, name)
        if word is None:
            return
        if word in self.doers:
            other = self.doers[word].attribute
            self._report("AD05", f"{attribute} and {other} both do `{word}`", method, name, "one method for each name")
            return
        wants = self._wants(method, self.words[word])
        self.doers[word] = Doer(attribute, wants)

    def _known(self, method: Callable[..., Any], name: str) -> str | None:
        if name in self.words:
            return name
        alike = [word for word in self.words if word.endswith(f".{name}") and self.words[word].kind == "message"]
        if len(alike) == 1:
            return alike[0]
        if alike:
            self._report("AD01", f"`{name}` is a message of several actors", method, name, " or ".join(alike))
        else:
            self._unknown(method, name, self.words, "nothing in the spec that happens is called")
        return None

    def _wants(self, method: Callable[..., Any], doing: Doing) -> tuple[str, ...] | None:
        wants: list[str] = []
        for parameter in _parameters(method):
            if parameter.kind is inspect.Parameter.VAR_KEYWORD:
                return None
            known = parameter.name in doing.parameters and parameter.kind in _NAMED
            if not known and parameter.default is inspect.Parameter.empty:
                expected = ", ".join(doing.parameters) or "no values"
                message = f"`{doing.name}` has no value called `{parameter.name}`"
                self._report("AD02", message, method, parameter.name, expected, doing.parameters)
            elif known:
                wants.append(parameter.name)
        return tuple(wants)

    def _shows(self, attribute: str, method: Callable[..., Any], name: str) -> None:
        function = self.shown.get(name)
        if function is None:
            self._unknown(method, name, self.shown, "the spec has, in this scenario, no variable called")
            return
        wanted = [str(type_) for type_ in function.domain]
        if not _takes(method, len(wanted)):
            expected = f"one value for each index: {', '.join(wanted)}" if wanted else "no values: it has no index"
            self._report("AD03", f"`{name}` cannot be shown by {attribute}", method, attribute, expected)
            return
        self.seers.append(Seer(attribute, name, function))

    def _unknown(self, method: Callable[..., Any], name: str, known: Iterable[str], message: str) -> None:
        self._report("AD01", f"{message} `{name}`", method, name, "", tuple(known))

    def _report(
        self,
        code: str,
        message: str,
        method: Callable[..., Any],
        word: str,
        expected: str,
        known: tuple[str, ...] = (),
    ) -> None:
        span = place_of(method, word)
        close = get_close_matches(word, known, 1) or _by_tail(word, known)
        fix = Fix(f"did you mean `{close[0]}`?", span, close[0]) if close else None
        self.problems.append(Diagnostic(code, message, span, expected=expected, fix=fix))


def _by_tail(word: str, known: tuple[str, ...]) -> list[str]:
    """`frozen` for `Database.frozen`, and `Databse.frozen` too."""
    tail = word.rpartition(".")[2]
    return [name for name in known if name.rpartition(".")[2] == tail][:1]


def _parameters(method: Callable[..., Any]) -> tuple[inspect.Parameter, ...]:
    return tuple(inspect.signature(method).parameters.values())[1:]


def _takes(method: Callable[..., Any], count: int) -> bool:
    try:
        inspect.signature(method).bind(None, *range(count))
    except TypeError:
        return False
    return True


def _general(tool: type[Adapter]) -> Iterator[Diagnostic]:
    """What makes any test with this adapter worthless."""
    span = class_place(tool)
    if not any(mark.kind == "does" for marks in marks_of(tool).values() for mark in marks):
        message = f"{tool.__name__} does nothing: it has no method for anything that happens"
        yield Diagnostic("AD04", message, span, expected='@hvcheck.on("...") before a method')
    if not any(mark.kind == "shows" for marks in marks_of(tool).values() for mark in marks):
        message = f"{tool.__name__} shows nothing, so that nothing could be compared"
        yield Diagnostic("AD04", message, span, expected='@hvcheck.observe("...") before a method')
    try:
        inspect.signature(tool).bind()
    except TypeError as error:
        yield Diagnostic("AD06", f"{tool.__name__} cannot be made without arguments: {error}", span)


def _refused(tool: type[Adapter], fitting: _Fitting, system: System) -> Iterator[Diagnostic]:
    span = class_place(tool)
    if tool.unimplemented not in ("ignore", "refuse"):
        yield Diagnostic("AD06", f"unimplemented is {tool.unimplemented!r}", span, expected='"ignore" or "refuse"')
    unused = [name for name in tool.left_out if not any(fnmatchcase(word, name) for word in fitting.words)]
    for name in unused:
        close = get_close_matches(name, list(fitting.words), 1)
        fix = Fix(f"did you mean `{close[0]}`?") if close else None
        yield Diagnostic("AD01", f"left_out: nothing in the spec that happens is called `{name}`", span, fix=fix)
    if tool.unimplemented != "refuse" or unused:
        return
    missing = dict.fromkeys(word for action in system.actions for word in _missing(action, tool, fitting))
    for word in missing:
        message = f"{tool.__name__} has no method for `{word}`, and refuses to ignore it"
        expected = f'@hvcheck.on("{word}"), or the name in left_out'
        yield Diagnostic("AD07", message, span, expected=expected)


def _missing(action: Action, tool: type[Adapter], fitting: _Fitting) -> tuple[str, ...]:
    """The word of an action that nothing implements; () if something does, or if it is left out."""
    words = [
        word
        for event in action.events
        if (word := f"{event.target.name}.{event.name}" if event.target else event.name) in fitting.words
    ]
    operations = [f"{call.disk}.{call.operation}" for call in action.calls]
    named = [*words, *operations]
    if any(word in fitting.doers or any(fnmatchcase(word, out) for out in tool.left_out) for word in named):
        return ()
    return tuple(named[:1])
