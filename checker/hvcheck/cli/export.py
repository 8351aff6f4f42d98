"""`hvcheck export`: the compiled system in the language of another checker."""

from __future__ import annotations

from pathlib import Path

import click

from hvcheck.cache.compiled import compiled_system
from hvcheck.export import Exported, Origin, TooLargeError
from hvcheck.plan.choice import Choice, UsageError, check_choice
from hvmodel.system import Scope, System
from hvspec.spec import Setting, Spec

from .caching import Caching, cache_option, caching_of
from .loading import EXIT_SPEC, explain_diagnostics, load_or_explain, require_spec
from .options import settings_option


@click.command("export", short_help="Write the system for another checker: Promela or TLA+.")
@click.argument("name", metavar="SPEC")
@click.option("--promela", "form", flag_value="promela", help="For Spin.")
@click.option("--tla", "form", flag_value="tla", help="A TLA+ module, for TLC.")
@click.option("--cfg", "form", flag_value="cfg", help="TLC's configuration for that module.")
@click.option("--scenario", metavar="NAME", help="The scenario (default: the spec as it stands).")
@click.option("--scope", metavar="NAME", help="The scope (default: the scenario's first).")
@settings_option
@cache_option
@click.option(
    "-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help="Write this file, not to standard output."
)
def command(
    name: str,
    form: str | None,
    scenario: str | None,
    scope: str | None,
    settings: tuple[tuple[str, Setting], ...],
    output: Path | None,
    cache_folder: Path | None,
) -> int:
    """Write the system that SPEC is compiled to, in one scenario and scope, so that another checker can check it.

    It has the same states as hvcheck's own search, counted to the last one, and the same properties; what cannot be
    said there is named on standard error and in the file. The file begins with the commands that run it.

    \b
    hvcheck export --promela ws2012 --scenario no_rollback --scope disks -o no_rollback.pml
    hvcheck export --tla my.hvs -o my.tla
    hvcheck export --cfg my.hvs -o my.cfg
    """
    if form is None:
        raise click.UsageError("say for whom: --promela, --tla or --cfg")
    cached = caching_of(cache_folder)
    require_spec(name)
    spec = load_or_explain(name)
    if spec is None:
        return EXIT_SPEC
    _check(spec, scenario, scope, settings)
    compiled = _compiled(spec, scenario, scope, settings, cached)
    if compiled is None:
        return EXIT_SPEC
    exported = _exported(form, *compiled, Origin(spec.name, spec.title, scenario or "", spec.sources))
    for sentence in exported.left_out:
        click.echo(f"hvcheck: not exported in full: {sentence}", err=True)
    if output is None:
        click.echo(exported.text, nl=False)
    else:
        output.write_text(exported.text, encoding="utf-8")
    return 0


def _check(spec: Spec, scenario: str | None, scope: str | None, settings: tuple[tuple[str, Setting], ...]) -> None:
    """Raises click.UsageError for what the spec does not have."""
    try:
        check_choice(Choice((scenario,) if scenario else (), (scope,) if scope else (), (), settings), spec)
    except UsageError as problem:
        raise click.UsageError(str(problem)) from None


def _compiled(
    spec: Spec, scenario: str | None, scope: str | None, settings: tuple[tuple[str, Setting], ...], cached: Caching
) -> tuple[System, Scope] | None:
    system, chosen, wrong = compiled_system(cached.cache, spec, scenario=scenario, scope=scope, settings=dict(settings))
    explain_diagnostics(wrong, spec.sources)
    return None if system is None or chosen is None else (system, chosen)


def _exported(form: str, system: System, scope: Scope, origin: Origin) -> Exported:
    from hvcheck.explicit.codes import UnfitError
    from hvcheck.export.promela import promela
    from hvcheck.export.tla import tla, tla_config

    forms = {"promela": promela, "tla": tla, "cfg": tla_config}
    try:
        return forms[form](system, scope, origin)
    except (UnfitError, TooLargeError) as problem:
        raise click.UsageError(str(problem)) from None
