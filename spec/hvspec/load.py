"""Loading a spec: read, check, describe. What is wrong comes back as diagnostics; nothing is raised."""

from __future__ import annotations

from hvmodel.source import Span

from .check import CheckedControl, check
from .claims import describe
from .compile.scenario import compile_system
from .diagnostic import Diagnostic, in_order
from .elaborate import Elaborator
from .fixes import fixed
from .labels import labels
from .library import Source, UnreadableError, era_names, find_spec
from .memory import Memory
from .problem import SpecError
from .program import Program, assemble
from .shapes import state_variables
from .spec import Spec


def load(name_or_path: str, *, warnings: bool = True) -> tuple[Spec | None, tuple[Diagnostic, ...]]:
    """The spec, or None if it has errors; and every diagnostic, with the warnings unless they are not wanted."""
    try:
        source = find_spec(name_or_path)
    except UnreadableError as error:
        return None, (Diagnostic("HV009", str(error), Span(name_or_path, 1, 1, 1, 1)),)
    return load_source(source, warnings=warnings)


def load_source(source: Source, *, warnings: bool = True) -> tuple[Spec | None, tuple[Diagnostic, ...]]:
    """As `load`, of a text that is at hand."""
    try:
        program = assemble(source)
        memory = Memory()
        found = check(program, memory)
        if any(diagnostic.severity == "error" for diagnostic in found):
            return None, fixed(found, program)
        if warnings:
            found = in_order((*found, *_warnings(program, memory)))
        return specify(program, source.file), fixed(found, program)
    except SpecError as error:
        return None, (error.diagnostic,)
    except RecursionError:
        where = Span(source.file, 1, 1, 1, 1)
        return None, (Diagnostic("HV006", "nested too deeply to be read", where),)


def warnings_of(spec: Spec) -> tuple[Diagnostic, ...]:
    """The warnings of a spec that was loaded without them."""
    try:
        return fixed(in_order(_warnings(spec.program, Memory())), spec.program)
    except RecursionError:
        return ()


def _warnings(program: Program, memory: Memory) -> tuple[Diagnostic, ...]:
    from .lint import lint

    return lint(program, memory)


def specify(program: Program, file: str) -> Spec:
    """The spec that a program without errors is. Raises SpecError."""
    elaborator = Elaborator(program, state_variables(program), {}, CheckedControl(program, labels(program)))
    return describe(program, elaborator, file)


def diagnose(source: Source) -> tuple[Diagnostic, ...]:
    """Everything that is said of a text: when it is loaded and, if that goes well, compiled in each scenario."""
    spec, found = load_source(source)
    for scenario in spec.scenarios if spec else ():
        assert spec is not None
        chosen = scenario.name if spec.program.scenarios else None
        found += compile_system(spec, scenario=chosen)[2]
    return tuple(dict.fromkeys(found))


__all__ = ["diagnose", "era_names", "load", "load_source", "specify", "warnings_of"]
