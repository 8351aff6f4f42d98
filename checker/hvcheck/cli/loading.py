"""Getting specs by name, and saying what is wrong with them."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TextIO

import click

from hvspec.diagnostic import Diagnostic
from hvspec.spec import Spec

EXIT_SPEC = 3


def shipped_names() -> tuple[str, ...]:
    from hvspec.load import era_names

    return tuple(era_names())


def chosen_names(specs: Sequence[str], eras: Sequence[str]) -> tuple[str, ...]:
    """What the user named, else every shipped era."""
    shipped = shipped_names()
    for era in eras:
        if era not in shipped:
            raise _missing("shipped era", era, shipped)
    for name in specs:
        require_spec(name)
    names = tuple(dict.fromkeys((*specs, *eras)))
    if not names and not shipped:
        raise click.UsageError("no era is shipped with this installation; give the path of a spec")
    return names or shipped


def require_spec(name: str) -> None:
    """Raises click.UsageError unless the name is a shipped era's or a file's."""
    shipped = shipped_names()
    if name not in shipped and not Path(name).is_file():
        raise _missing("era or file", name, shipped)


def _missing(kind: str, name: str, shipped: Sequence[str]) -> click.UsageError:
    from difflib import get_close_matches

    close = get_close_matches(name, shipped, 1)
    advice = f"did you mean {close[0]}?" if close else f"shipped eras are: {', '.join(shipped) or 'none'}"
    return click.UsageError(f"no {kind} is called {name}; {advice}")


def load_or_explain(name: str) -> Spec | None:
    """The spec; None if it has errors, which then stand on standard error. Warnings are for `hvcheck check`."""
    from hvcheck.plan.work import load_spec

    spec, diagnostics = load_spec(name)
    if spec is None:
        explain_diagnostics(diagnostics, sources_of(spec, diagnostics))
    return spec


def explain_diagnostics(
    diagnostics: Sequence[Diagnostic], sources: Mapping[str, str], stream: TextIO | None = None
) -> None:
    """On standard error unless another stream is given; nothing at all if there is nothing to say."""
    if diagnostics:
        from hvcheck.report.console import write
        from hvcheck.report.diagnostics import render_all

        write(stream or sys.stderr, render_all(diagnostics, sources))


def sources_of(spec: Spec | None, diagnostics: Sequence[Diagnostic]) -> Mapping[str, str]:
    """The texts that diagnostics speak of; a spec with errors does not carry them, so they are read again."""
    from hvcheck.report.diagnostics import sources_for

    return spec.sources if spec else sources_for(diagnostics)


def other_specs(names: Sequence[str], claim: str) -> Iterator[tuple[str, Spec]]:
    """Specs in which a rival of a property may be found: those of this run, then the shipped ones that name it.

    Those with errors are left out.
    """
    from hvcheck.plan.work import load_spec
    from hvspec.library import may_name

    shipped = (name for name in shipped_names() if may_name(name, claim))
    for name in dict.fromkeys((*names, *shipped)):
        spec, _ = load_spec(name)
        if spec is not None:
            yield name, spec
