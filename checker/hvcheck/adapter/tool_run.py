"""One run of a user's tool beside the model: what happens is passed on, what the tool shows is compared."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import field
from pathlib import Path
from traceback import extract_tb
from types import MappingProxyType
from typing import Any

from hvcheck.chart.naming import bracketed, called, value_name
from hvmodel.concrete import ConformanceError, Difference, Disturbance
from hvmodel.dataclass import dataclass
from hvmodel.semantics import Step, apply
from hvmodel.state import Layout, State, values
from hvmodel.system import System
from hvmodel.types import Bool, Enum, Int, Option, Type, Value

from .adapter import Adapter, Refused
from .fit import Doer, Fitted, Seer
from .occasion import Occasion, Occasions
from .problem import shown_file

RAISED = (Exception, SystemExit)
"""What the user's own code may end with: `sys.exit(0)` in a tool must not end a test as a success."""


@dataclass(frozen=True, slots=True)
class ToolDifference(Difference):
    """Where a tool and its model disagree: `disk` is what was done or shown, `role` is "does" or "shows"."""

    def __str__(self) -> str:
        if self.role == "shows":
            return f"{self.disk}: the model says {self.expected}, the tool shows {self.found}"
        return f"{self.disk}: expected {self.expected}, found {self.found}"


@dataclass
class Evidence:
    """What the runs of a test have asked of the tool. `varied`: what the model has shown with more than one value."""

    calls: Counter[str] = field(default_factory=Counter)
    compared: int = 0
    varied: set[str] = field(default_factory=set)
    stopping: str = ""


class ToolRun:
    """The same shape as a run on files (`hvmodel.concrete.Concrete`)."""

    def __init__(self, layout: Layout, folder: Path, fitted: Fitted, evidence: Evidence) -> None:
        """Raises ConformanceError if the tool cannot be started or does not show what the model begins with."""
        self.layout = layout
        self.state: State = layout.initial
        self._fitted = fitted
        self._evidence = evidence
        self._occasions = Occasions(layout, fitted.words)
        self._tool: Adapter | None = None
        try:
            self._tool = tool = fitted.tool()
            tool.folder, tool.sizes = folder, MappingProxyType(dict(layout.scope.sizes))
            tool.start()
        except RAISED as error:
            difference = _done("start", "that it begins", _said(error))
            self.close()
            raise ConformanceError((difference,), None) from error
        try:
            self.check(None)
        except BaseException:
            self.close()
            raise

    def take(self, step: Step) -> State:
        """Take an enabled step in the model and with the tool. Raises ConformanceError if they differ afterwards."""
        before = self.state
        occasions = self._occasions.of(before, step)
        self.state = apply(self.layout, before, step)
        for occasion in occasions:
            doer = self._fitted.doers.get(occasion.doing.name)
            if doer is not None:
                self._do(doer, occasion, step)
        self.check(step)
        return self.state

    def disturb(self, kind: Disturbance) -> None:
        assert self._tool is not None
        try:
            (self._tool.reopen if kind == "reopen" else self._tool.crash)()
        except RAISED as error:
            raise ConformanceError((_done(kind, "that it is done", _said(error)),), kind) from error
        self.check(kind)

    def close(self) -> None:
        if self._tool is None:
            return
        try:
            self._tool.stop()
        except RAISED as error:
            self._evidence.stopping = self._evidence.stopping or _said(error)
        self._tool = None

    def _do(self, doer: Doer, occasion: Occasion, step: Step) -> None:
        wanted: Mapping[str, Any] = occasion.values
        if doer.wants is not None:
            wanted = {name: occasion.values[name] for name in doer.wants if name in occasion.values}
        self._evidence.calls[occasion.doing.name] += 1
        try:
            answer = getattr(self._tool, doer.attribute)(**wanted)
        except Refused as refused:
            self._judge_refusal(occasion, refused, step)
        except RAISED as error:
            expected = f"that it fails with {occasion.fails}" if occasion.fails else "that it is done"
            raise ConformanceError((_done(_call(occasion), expected, _said(error)),), step) from error
        else:
            self._judge_answer(occasion, answer, step)

    @staticmethod
    def _judge_refusal(occasion: Occasion, refused: Refused, step: Step) -> None:
        if not occasion.fails or refused.code not in ("", occasion.fails):
            expected = f"that it fails with {occasion.fails}" if occasion.fails else "that it is done"
            found = f"that it fails with {refused.code}" if refused.code else "that it fails"
            raise ConformanceError((_done(_call(occasion), expected, found),), step) from refused

    @staticmethod
    def _judge_answer(occasion: Occasion, answer: Any, step: Step) -> None:
        if occasion.fails and not occasion.may_fail:
            expected = f"that it fails with {occasion.fails} (raise hvcheck.Refused)"
            raise ConformanceError((_done(_call(occasion), expected, "that it is done"),), step)
        if answer is not None:
            expected = "nothing returned (what the tool shows belongs in a method with @hvcheck.observe)"
            raise ConformanceError((_done(_call(occasion), expected, _value(answer)),), step)

    def check(self, step: Step | Disturbance | None) -> None:
        """Compare everything that the tool shows. Raises ConformanceError with all differences."""
        found = tuple(difference for seer in self._fitted.seers for difference in self._differences(seer))
        if found:
            raise ConformanceError(found, step)

    def _differences(self, seer: Seer) -> Iterator[ToolDifference]:
        system, function = self.layout.system, seer.function
        for cell in self.layout.domain(function):
            expected = self.state.read(self.layout, function.name, *cell)
            if expected != function.initial.value:
                self._evidence.varied.add(seer.name)
            self._evidence.compared += 1
            where = seer.name + bracketed(
                value_name(system, value, type_) for value, type_ in zip(cell, function.domain, strict=True)
            )
            said = value_name(system, expected, function.range)
            try:
                answer = getattr(self._tool, seer.attribute)(*cell)
            except RAISED as error:
                yield ToolDifference(where, "", "shows", None, said, _said(error))
                continue
            shown = _read(answer, function.range, self.layout)
            if shown is _UNFIT:
                yield ToolDifference(where, "", "shows", None, said, f"{_value(answer)}, which is no {function.range}")
            elif shown != expected:
                yield ToolDifference(where, "", "shows", None, said, value_name(system, shown, function.range))


_UNFIT: Any = object()


def _read(answer: Any, type_: Type, layout: Layout) -> Any:
    """The model's value for what a tool says; `_UNFIT` if it is none of this type."""
    match type_:
        case Bool():
            return answer if isinstance(answer, bool) else _UNFIT
        case Option(of):
            return None if answer is None else _read(answer, of, layout)
        case Int() | Enum():
            fits = isinstance(answer, int if isinstance(type_, Int) else str) and not isinstance(answer, bool)
            return answer if fits and answer in values(type_, layout.scope) else _UNFIT
    return _element(answer, type_, layout.system, values(type_, layout.scope))


def _element(answer: Any, type_: Type, system: System, known: tuple[Value, ...]) -> Any:
    """An element of a sort, by its number or its name."""
    if isinstance(answer, str):
        return next((value for value in known if value_name(system, value, type_) == answer), _UNFIT)
    return answer if isinstance(answer, int) and not isinstance(answer, bool) and answer in known else _UNFIT


def _call(occasion: Occasion) -> str:
    values = occasion.values.items()
    return called(occasion.shown, (f"{name}={value}" for name, value in values if name not in ("sender", "actor")))


def _done(what: str, expected: str, found: str) -> ToolDifference:
    return ToolDifference(what, "", "does", None, expected, found)


def _value(answer: Any) -> str:
    text = repr(answer)
    text = text if len(text) <= 60 else f"{text[:57]}..."
    return f"{text} ({type(answer).__name__})"


def _said(error: BaseException) -> str:
    """An exception in one line, with the place in the tool that raised it."""
    message = str(error).splitlines()
    text = f"{type(error).__name__}: {message[0]}" if message else type(error).__name__
    frames = [frame for frame in extract_tb(error.__traceback__) if frame.filename != __file__]
    return f"{text} ({shown_file(frames[-1].filename)}:{frames[-1].lineno})" if frames else text
