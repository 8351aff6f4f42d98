"""`hvcheck explain`: what a diagnostic means, with a broken example and its mend."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterator
from dataclasses import asdict

import click

from hvspec.explain import Explanation, explained_codes, explanation

from .options import json_option


@click.command("explain", short_help="Say what a diagnostic means, and how it is mended.")
@click.argument("codes", metavar="[CODE]...", nargs=-1)
@json_option
def command(codes: tuple[str, ...], as_json: bool) -> int:
    """Explain a diagnostic's CODE, as in error[HV212], by a spec that raises it and the same spec mended.

    Without a CODE, all of them are listed.

    \b
    hvcheck explain HV212
    """
    found = [_find(code) for code in codes or explained_codes()]
    if as_json:
        click.echo(json.dumps([asdict(one) for one in found], indent=2))
    elif codes:
        click.echo("\n\n".join("\n".join(_page(one)) for one in found))
    else:
        for one in found:
            click.echo(f"{one.code}  {one.title}")
        click.echo("\n`hvcheck explain CODE` shows an example and its mend.")
    return 0


def _find(code: str) -> Explanation:
    found = explanation(code.upper())
    if found is None:
        close = difflib.get_close_matches(code.upper(), explained_codes(), 1)
        advice = f"did you mean {close[0]}?" if close else "`hvcheck explain` lists them"
        raise click.UsageError(f"no diagnostic has the code {code}; {advice}")
    return found


def _page(one: Explanation) -> Iterator[str]:
    yield f"{one.code}: {one.title}"
    if one.text:
        yield f"\n{one.text}"
    if one.how:
        yield f"\n{one.how}"
    if one.broken:
        yield "\nBroken:\n"
        yield from _indented(one.broken)
        yield "\nMended:\n"
        yield from _changed(one.broken, one.mended)


def _indented(text: str) -> Iterator[str]:
    yield from (f"    {line}" for line in text.splitlines())


def _changed(before: str, after: str) -> Iterator[str]:
    """The mended text, the lines that differ marked."""
    known = before.splitlines()
    yield from (f"{'    ' if line in known else '  + '}{line}" for line in after.splitlines())
