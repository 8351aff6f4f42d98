"""What a test is about: a spec under one scenario, scope and settings, and what is compared with it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType

from hvcheck.adapter.adapter import Adapter
from hvcheck.adapter.fit import fit
from hvcheck.adapter.target import Tool
from hvcheck.plan.choice import NO_SCENARIO, Choice, check_choice
from hvcheck.plan.work import load_spec, nothing_to_judge
from hvcheck.report.conformance import LEMMA
from hvcheck.report.diagnostics import render_all, sources_for
from hvcheck.report.evidence import limit_words
from hvmodel.dataclass import dataclass
from hvmodel.state import Layout
from hvmodel.stores.driver import Driver, DriverFactory
from hvmodel.stores.plain import PlainDisk
from hvmodel.system import Property, Scope, System
from hvspec.compile import compile_system
from hvspec.diagnostic import Diagnostic
from hvspec.program import Program
from hvspec.spec import Scenario, Setting, Spec

from .session import CLAIMS
from .target import Stores, Target


class InvalidSpecError(Exception):
    """A spec with errors. `diagnostics` says what they are; as text, they stand with their lines."""

    def __init__(self, name: str, diagnostics: tuple[Diagnostic, ...], sources: Mapping[str, str]) -> None:
        super().__init__(name, diagnostics)
        self.diagnostics = diagnostics
        self.sources = sources
        self._lines = [f"{name} has errors", *map(str, render_all(diagnostics, sources))]

    def __str__(self) -> str:
        return "\n".join(self._lines)


@dataclass(frozen=True, slots=True)
class Setup:
    """`spec` is a shipped era's name or a path; scenario and scope None are the spec's first.

    `driver` names one of `DRIVERS` or makes disks; with a `tool` it is not used.
    """

    spec: str
    scenario: str | None = None
    scope: str | None = None
    settings: tuple[tuple[str, Setting], ...] = ()
    driver: str | DriverFactory = "plain"
    tool: type[Adapter] | None = None

    @property
    def tested(self) -> str:
        return "files" if self.tool is None else self.tool.__name__

    @property
    def stuff(self) -> str:
        """What the disks are made of; "" where a tool is tested."""
        if self.tool is not None:
            return ""
        if isinstance(self.driver, str):
            return _FILES[self.driver]
        return f"files by {getattr(self.driver, '__name__', 'a driver of your own')}"


@dataclass(frozen=True, slots=True)
class Prepared:
    """A setup that has been compiled. `unjudged` are properties that no run is asked for here, each with the reason."""

    setup: Setup
    spec: Spec
    layout: Layout
    unjudged: Mapping[str, str]
    new_target: Callable[[], Target]

    @property
    def setting(self) -> str:
        """What the test is about, as one reads it: spec, scenario, scope, what may happen how often, on what."""
        system, scope, setup = self.layout.system, self.layout.scope, self.setup
        scenario = setup.scenario or (self.spec.scenarios[0].name if self.spec.scenarios else "")
        changed = ", ".join(f"{name}={_shown(value)}" for name, value in setup.settings)
        parts = (f"scope {scope.name} ({scope})", changed, limit_words(system.budgets), setup.stuff)
        return "; ".join([f"{self.spec.name} {scenario}".strip(), *filter(None, parts)])


def prepare(setup: Setup) -> Prepared:
    """Raises InvalidSpecError, UsageError (something that the spec does not have), AdapterError and TypeError."""
    __tracebackhide__ = True
    spec, found = load_spec(setup.spec)
    if spec is None:
        raise InvalidSpecError(setup.spec, found, sources_for(found))
    scenario = setup.scenario or (spec.scenarios[0].name if spec.scenarios else None)
    asked = Choice(tuple(filter(None, [scenario])), tuple(filter(None, [setup.scope])), (), setup.settings)
    check_choice(asked, spec)
    system, scope, wrong = compile_system(spec, scenario=scenario, scope=setup.scope, settings=dict(setup.settings))
    if system is None or scope is None:
        raise InvalidSpecError(setup.spec, wrong, spec.sources)
    expected = next((one for one in spec.scenarios if one.name == scenario), NO_SCENARIO)
    unjudged = _unjudged(system, scope, expected)
    layout = Layout(system, scope)
    if setup.tool is not None:
        assert isinstance(spec.program, Program)
        fitted = fit(setup.tool, spec.program, system)
        return Prepared(setup, spec, layout, unjudged, lambda: Tool(fitted))
    stores = Stores(driver_of(setup.driver))
    return Prepared(setup, spec, layout, unjudged, lambda: stores)


def _unjudged(system: System, scope: Scope, scenario: Scenario) -> Mapping[str, str]:
    """As in `hvcheck verify`: what is expected to be violated here, what is about faults that cannot occur here, and
    lemmas, which are parts of proofs; and what no single run can break."""
    why = {claim.name: _why_unjudged(system, scope, scenario, claim) for claim in system.properties}
    return MappingProxyType({name: reason for name, reason in why.items() if reason})


def _why_unjudged(system: System, scope: Scope, scenario: Scenario, claim: Property) -> str:
    if claim.claim == "invariant":
        return LEMMA
    if reason := nothing_to_judge(system, claim):
        return reason
    if scenario.expected(claim.name, scope.name).verdict == "violated":
        return "expected violated"
    return "" if claim.claim in CLAIMS else "for hvcheck verify only"


def _vhdx(folder: Path, block_size: int) -> Driver:
    from hvmodel.stores.vhdx.disk import VhdxDisk

    return VhdxDisk(folder, block_size, durable=False)  # the files are removed: nobody waits for the device


_FILES: Mapping[str, str] = MappingProxyType({"plain": "plain files", "vhdx": "VHDX files"})

DRIVERS: Mapping[str, DriverFactory] = MappingProxyType({"plain": PlainDisk, "vhdx": _vhdx})


def _shown(value: Setting) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def driver_of(driver: str | DriverFactory) -> DriverFactory:
    """Raises TypeError for a name that none of the shipped drivers has."""
    if not isinstance(driver, str):
        return driver
    if driver not in DRIVERS:
        raise TypeError(f"no driver is called {driver!r}; there are: {', '.join(DRIVERS)}, or a class of your own")
    return DRIVERS[driver]
