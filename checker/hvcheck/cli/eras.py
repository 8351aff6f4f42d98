"""`hvcheck eras`: what is shipped, and what can be set and asked of each."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import click

from hvspec.spec import Scenario, Setting, Spec

from .loading import EXIT_SPEC, chosen_names, load_or_explain
from .options import json_option


@click.command("eras", short_help="List what is shipped, and what each era has.")
@click.argument("specs", metavar="[SPEC]...", nargs=-1)
@json_option
def command(specs: tuple[str, ...], as_json: bool) -> int:
    """List the shipped eras; with SPEC, its parameters, scopes, scenarios, properties and measures.

    \b
    hvcheck eras
    hvcheck eras ws2012r2
    """
    names = chosen_names(specs, ())
    loaded = [spec for name in names if (spec := load_or_explain(name)) is not None]
    if as_json:
        click.echo(json.dumps([_json(spec) for spec in loaded], indent=2))
    elif specs:
        click.echo("\n\n".join("\n".join(_details(spec)) for spec in loaded))
    else:
        width = max((len(spec.name) for spec in loaded), default=0)
        for spec in loaded:
            click.echo(f"{spec.name:{width}}  {spec.title}")
        click.echo("\n`hvcheck eras NAME` shows what an era has, `hvcheck show NAME` draws it.")
    return 0 if len(loaded) == len(names) else EXIT_SPEC


def _details(spec: Spec) -> Iterator[str]:
    yield f"{spec.name}  {spec.title}"
    for title, rows in (
        ("parameters and budgets (--set NAME=VALUE)", [_parameter(spec, i) for i in range(len(spec.parameters))]),
        ("scopes (--scope NAME)", [(scope.name, _settings({**scope.sizes, **scope.budgets})) for scope in spec.scopes]),
        ("scenarios (--scenario NAME)", [(one.name, _scenario(one)) for one in spec.scenarios]),
        ("properties (--property NAME)", [(one.name, f"{one.id} {one.title}".strip()) for one in spec.properties]),
        ("measures", [(one.name, f"counts {one.label}") for one in spec.measures]),
    ):
        if rows:
            width = max(len(name) for name, _ in rows)
            yield f"\n  {title}"
            yield from (f"    {name:{width}}  {text}".rstrip() for name, text in rows)


def _parameter(spec: Spec, i: int) -> tuple[str, str]:
    one = spec.parameters[i]
    return one.name, f"{one.type} = {_setting(one.default)}  {one.title}".rstrip()


def _scenario(one: Scenario) -> str:
    violated = [expectation.property for expectation in one.expectations if expectation.verdict == "violated"]
    parts = (one.title, _settings(one.settings), f"violates {', '.join(violated)}" if violated else "")
    return "; ".join(filter(None, parts))


def _settings(settings: Any) -> str:
    return ", ".join(f"{name}={_setting(value)}" for name, value in settings.items())


def _setting(value: Setting) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _json(spec: Spec) -> dict[str, Any]:
    return {
        "name": spec.name,
        "title": spec.title,
        "parameters": [{"name": one.name, "type": one.type, "default": one.default} for one in spec.parameters],
        "scopes": [{"name": one.name, "sizes": dict(one.sizes), "budgets": dict(one.budgets)} for one in spec.scopes],
        "scenarios": [
            {
                "name": one.name,
                "title": one.title,
                "settings": dict(one.settings),
                "scopes": list(one.scopes),
                "expect": {expectation.property: expectation.verdict for expectation in one.expectations},
            }
            for one in spec.scenarios
        ],
        "properties": [
            {"name": one.name, "id": one.id, "title": one.title, "claim": one.claim, "cites": list(one.cites)}
            for one in spec.properties
        ],
        "measures": [{"name": one.name, "counts": one.label} for one in spec.measures],
    }
