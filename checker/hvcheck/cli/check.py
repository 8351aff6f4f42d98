"""`hvcheck check`: is this a spec at all? Reads it, compiles every scenario, reports everything that is wrong."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass

import click

from hvspec.diagnostic import Diagnostic
from hvspec.spec import Spec

from .loading import EXIT_SPEC, chosen_names, explain_diagnostics, sources_of
from .options import json_option


@dataclass(frozen=True, slots=True)
class _Checked:
    name: str
    spec: Spec | None
    compiled: int
    diagnostics: tuple[Diagnostic, ...]

    @property
    def errors(self) -> int:
        return sum(diagnostic.severity == "error" for diagnostic in self.diagnostics)


@click.command("check", short_help="Read a spec and report every mistake in it.")
@click.argument("specs", metavar="[SPEC]...", nargs=-1)
@json_option
def command(specs: tuple[str, ...], as_json: bool) -> int:
    """Read SPEC and compile it under every scenario, without verifying anything.

    Every mistake is shown where it is, with what was expected, what was found and how to mend it; several at once.
    SPEC is a shipped era or a path; without one, all shipped eras are checked. Exit code 3 if there are errors.

    \b
    hvcheck check my.hvs
    """
    checked = [_check(name) for name in chosen_names(specs, ())]
    if as_json:
        from hvcheck.report.json import diagnostic_json

        document = {one.name: [diagnostic_json(diagnostic) for diagnostic in one.diagnostics] for one in checked}
        click.echo(json.dumps(document, indent=2))
    else:
        for one in checked:
            _print(one)
    return EXIT_SPEC if any(one.errors or one.spec is None for one in checked) else 0


def _check(name: str) -> _Checked:
    from hvspec.compile import compile_system
    from hvspec.load import load

    spec, found = load(name)
    diagnostics, compiled = list(found), 0
    for scenario in [None, *(one.name for one in spec.scenarios)] if spec else ():
        assert spec is not None
        system, _, wrong = compile_system(spec, scenario=scenario, scope=None, settings={})
        diagnostics += wrong
        compiled += system is not None
    return _Checked(name, spec, compiled, tuple(dict.fromkeys(diagnostics)))


def _print(one: _Checked) -> None:
    explain_diagnostics(one.diagnostics, sources_of(one.spec, one.diagnostics), sys.stdout)
    if one.spec is not None and not one.errors:
        spec = one.spec
        parts = (
            f"{len(spec.scenarios)} scenarios",
            f"{len(spec.properties)} properties",
            f"{len(spec.parameters)} parameters",
        )
        click.echo(f"{spec.name}: no errors; {', '.join(parts)}; every scenario compiles")
