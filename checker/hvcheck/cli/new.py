"""`hvcheck new`: a spec to start from."""

from __future__ import annotations

import json
from pathlib import Path

import click

from hvspec.template import TEMPLATES, VIOLATED_SCENARIO, refused_name, template

from .options import json_option


@click.command("new", short_help="Write a spec to start from.")
@click.argument("name")
@click.option(
    "--from",
    "kind",
    type=click.Choice(list(TEMPLATES)),
    default="minimal",
    show_default=True,
    help="minimal: a database on two disks. vss: the same, with the shipped Volume Shadow Copy Service.",
)
@json_option
def command(name: str, kind: str, as_json: bool) -> int:
    """Write NAME.hvs in the current folder: a small commented spec that verifies, with one scenario that is violated.

    A file that is there already is never overwritten.

    \b
    hvcheck new my_backup
    hvcheck new my_backup --from vss
    """
    name = name.removesuffix(".hvs")
    reason = refused_name(name)
    if reason:
        raise click.UsageError(f"{name!r} cannot be a spec's name: {reason}")
    file = f"{name}.hvs"
    try:
        with Path(file).open("x", encoding="utf-8", newline="\n") as stream:
            stream.write(template(kind, name))
    except FileExistsError:
        raise click.UsageError(f"{file} is there already; nothing was written") from None
    commands = {
        f"hvcheck show {file}": "the protocol as a sequence chart",
        f"hvcheck verify {file}": "every property in every scenario",
        f"hvcheck verify {file} --scenario {VIOLATED_SCENARIO}": "what goes wrong, step by step",
        f"hvcheck check {file}": "after each change: every mistake, where it is",
    }
    if as_json:
        click.echo(json.dumps({"file": file, "next": list(commands)}, indent=2))
        return 0
    width = max(map(len, commands))
    click.echo(f"{file} is written. Next:\n")
    for line, purpose in commands.items():
        click.echo(f"  {line:{width}}  {purpose}")
    return 0
