"""Loading a spec: read, check, describe. What is wrong comes back as diagnostics; nothing is raised."""

from __future__ import annotations

from hvmodel.source import Span

from .check import CheckedControl, check
from .claims import describe
from .diagnostic import Diagnostic
from .elaborate import Elaborator
from .labels import labels
from .library import UnreadableError, era_names, find_spec
from .problem import SpecError
from .program import assemble
from .shapes import state_variables
from .spec import Spec


def load(name_or_path: str) -> tuple[Spec | None, tuple[Diagnostic, ...]]:
    """The spec, or None if it has errors; and every diagnostic, warnings included."""
    try:
        source = find_spec(name_or_path)
    except UnreadableError as error:
        return None, (Diagnostic("HV009", str(error), Span(name_or_path, 1, 1, 1, 1)),)
    try:
        program = assemble(source)
        diagnostics = check(program)
        if any(diagnostic.severity == "error" for diagnostic in diagnostics):
            return None, diagnostics
        elaborator = Elaborator(program, state_variables(program), {}, CheckedControl(program, labels(program)))
        return describe(program, elaborator, source.file), diagnostics
    except SpecError as error:
        return None, (error.diagnostic,)
    except RecursionError:
        where = Span(source.file, 1, 1, 1, 1)
        return None, (Diagnostic("HV006", "nested too deeply to be read", where),)


__all__ = ["era_names", "load"]
