"""`hvcheck check`: is this a spec at all? Reads it, compiles every scenario, reports everything that is wrong."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from hvcheck.cache.compiled import compiled_system
from hvmodel.dataclass import dataclass
from hvspec.diagnostic import Diagnostic
from hvspec.spec import Spec

from .caching import Caching, cache_option, caching_of
from .loading import EXIT_SPEC, chosen_names, explain_diagnostics, sources_of
from .options import json_option

if TYPE_CHECKING:
    from .fixing import Fixed

EXIT_USAGE = 2


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
@click.option("--fix", is_flag=True, help="Show what SPEC would be with every fix carried out, as a difference.")
@click.option("--write", is_flag=True, help="With --fix: write it to the file.")
@cache_option
@json_option
def command(specs: tuple[str, ...], fix: bool, write: bool, as_json: bool, cache_folder: Path | None) -> int:
    """Read SPEC and compile it under every scenario, without verifying anything.

    Every mistake is shown where it is, with what was expected, what was found and how to mend it; several at once.
    Warnings name what is allowed and hardly meant. SPEC is a shipped era or a path; without one, all shipped eras are
    checked. Exit code 3 if there are errors (with --fix: if errors are left that no fix mends).

    \b
    hvcheck check my.hvs
    hvcheck check --fix my.hvs             show what the fixes change
    hvcheck check --fix --write my.hvs     and change it
    """
    if (write and not fix) or (fix and not specs):
        raise click.UsageError("--write goes with --fix" if write and not fix else "--fix needs the path of a spec")
    if fix:
        return _fix(chosen_names(specs, ()), write, as_json)
    cached = caching_of(cache_folder)
    checked = [_check(name, cached) for name in chosen_names(specs, ())]
    if as_json:
        from hvcheck.report.json import diagnostic_json

        document = {one.name: [diagnostic_json(diagnostic) for diagnostic in one.diagnostics] for one in checked}
        click.echo(json.dumps(document, indent=2))
    else:
        for one in checked:
            _print(one)
    return EXIT_SPEC if any(one.errors or one.spec is None for one in checked) else 0


def _fix(names: Sequence[str], write: bool, as_json: bool) -> int:
    from .fixing import difference, fixed, fixed_json
    from .fixing import write as write_file

    every = [fixed(name) for name in names]
    for one in every:
        if write and one.changed:
            write_file(one)
        if not as_json:
            click.echo(difference(one) if one.changed and not write else "", nl=False)
            explain_diagnostics(one.left, {one.file: one.after}, sys.stdout)
            click.echo(f"hvcheck: {one.refusal or _said_of_fixes(one, write)}", err=True)
    if as_json:
        click.echo(json.dumps({one.file: fixed_json(one, write and one.changed) for one in every}, indent=2))
    if any(one.refusal for one in every):
        return EXIT_USAGE
    return EXIT_SPEC if any(left.severity == "error" for one in every for left in one.left) else 0


def _said_of_fixes(one: Fixed, write: bool) -> str:
    if not one.changed:
        return f"{one.file}: nothing to mend mechanically"
    count = f"{len(one.mended)} fix{'es' * (len(one.mended) != 1)}"
    return f"{one.file}: {count} written" if write else f"{one.file}: {count}; --write carries them out"


def _check(name: str, cached: Caching) -> _Checked:
    from hvspec.load import load

    spec, found = load(name)
    diagnostics, compiled = list(found), 0
    for scenario in [None, *(one.name for one in spec.scenarios)] if spec else ():
        assert spec is not None
        system, _, wrong = compiled_system(cached.cache, spec, scenario=scenario)
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
