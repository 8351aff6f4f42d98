"""What a spec offers besides its protocol: parameters, scopes, scenarios and what they expect."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import Any, TypeAlias
from typing import Literal as OneOf

from hvmodel.dataclass import dataclass
from hvmodel.source import NOWHERE, Span

Setting: TypeAlias = bool | int | str
ExpectedWord: TypeAlias = OneOf["holds", "proved", "violated", "moot", "reached", "unreachable"]


@dataclass(frozen=True, slots=True)
class Expectation:
    """`expect PROPERTY VERDICT [in SCOPES] [by STEP] [because "..."]`.

    `moot`: the search ends and nothing could have broken the property there. `scopes` is empty for all of them.
    """

    property: str
    verdict: ExpectedWord
    by: str = ""
    because: str = ""
    span: Span = NOWHERE
    scopes: tuple[str, ...] = ()

    def covers(self, scope: str | None) -> bool:
        return scope is None or not self.scopes or scope in self.scopes


@dataclass(frozen=True, slots=True)
class Parameter:
    """`param`: its default and the text of its type. Budgets (faults, time limits, writes) are set the same way."""

    name: str
    type: str
    default: Setting
    title: str = ""
    span: Span = NOWHERE


@dataclass(frozen=True, slots=True)
class ScopeChoice:
    """`scope`: sizes of sorts and budgets."""

    name: str
    sizes: Mapping[str, int]
    budgets: Mapping[str, int]
    span: Span = NOWHERE


@dataclass(frozen=True, slots=True)
class Scenario:
    """`scenario`: settings over the defaults, the scopes it is judged in, and what it expects there.

    `scopes` is empty for the spec's first scope. `expectations` includes the era's own, unless overridden.
    """

    name: str
    title: str
    settings: Mapping[str, Setting]
    expectations: tuple[Expectation, ...]
    scopes: tuple[str, ...] = ()
    span: Span = NOWHERE

    def expected(self, claim: str, scope: str | None = None) -> Expectation:
        """What is expected of a property (in a scope, or wherever it says so); without a word, that it holds."""
        found = [one for one in self.expectations if one.property == claim and one.covers(scope)]
        return found[-1] if found else Expectation(claim, "holds")


@dataclass(frozen=True, slots=True)
class Claimed:
    """A property as the matrix shows it: its name, its id in the document's table if any, and its title."""

    name: str
    title: str
    claim: str
    id: str = ""
    cites: tuple[str, ...] = ()
    span: Span = NOWHERE


@dataclass(frozen=True, slots=True)
class Measure:
    """`measure`: how often a step or message is taken is worth knowing. Not part of what is explored."""

    name: str
    label: str
    span: Span = NOWHERE


@dataclass(frozen=True, slots=True)
class Annotation:
    """A remark at a step, message, protocol, `env` or `fault`, named `about`; `text` is the duration or the source."""

    kind: OneOf["takes", "lossy", "cites"]
    about: str
    text: str = ""
    span: Span = NOWHERE


@dataclass(frozen=True, slots=True)
class Spec:
    """A checked spec, ready to be compiled under any of its settings."""

    name: str
    title: str
    file: str
    parameters: tuple[Parameter, ...]
    scopes: tuple[ScopeChoice, ...]
    scenarios: tuple[Scenario, ...]
    properties: tuple[Claimed, ...]
    sources: Mapping[str, str]
    measures: tuple[Measure, ...] = ()
    annotations: tuple[Annotation, ...] = ()
    program: Any = field(default=None, repr=False, compare=False)
