"""The cache that a command was given, if any; what is told of it goes to standard error, beside the results."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from hvcheck.cache.usage import UNUSED, Usage

if TYPE_CHECKING:
    from hvcheck.cache.cache import Cache
    from hvcheck.explicit.compiled.instance import Modules
    from hvcheck.plan.job import JobResult

MOST_REMARKS = 3


class _FolderType(click.Path):
    """A folder; an empty text, as of a variable that is not set, would be the current one."""

    name = "DIR"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if value == "":
            self.fail("no folder is named", param, ctx)
        return super().convert(value, param, ctx)


_Command = TypeVar("_Command", bound=Callable[..., Any])


def cache_option(command: _Command) -> _Command:
    return click.option(
        "--cache",
        "cache_folder",
        metavar="DIR",
        type=_FolderType(path_type=Path),
        envvar="HVCHECK_CACHE",
        show_envvar=True,
        help="Keep compiled specs in this folder, for a quicker second run. It is made if it is missing, and refused"
        " if others may write it.",
    )(command)


class Caching:
    """A cache, or none, and what was done with it here and by workers."""

    def __init__(self, cache: Cache | None) -> None:
        self.cache = cache
        self._usage = UNUSED

    @property
    def modules(self) -> Modules | None:
        return None if self.cache is None else self.cache.module

    def add(self, results: Sequence[JobResult]) -> None:
        for result in results:
            self._usage += result.usage

    def told(self) -> Usage:
        own = UNUSED if self.cache is None else self.cache.take_usage()
        self._usage += own
        return self._usage


def caching_of(folder: Path | None) -> Caching:
    """The cache of the command that runs, until it ends. Asked first: what is loaded is then what its stamp says."""
    return click.get_current_context().with_resource(_caching(folder))


@contextmanager
def _caching(folder: Path | None) -> Iterator[Caching]:
    """What was kept and what went wrong is told at the end. Raises click.ClickException if the folder is refused."""
    if folder is None:
        yield Caching(None)
        return
    from hvcheck.cache.cache import open_cache
    from hvcheck.problem import ProblemError

    try:
        used = Caching(open_cache(folder))
    except ProblemError as problem:
        raise click.ClickException(str(problem)) from None
    try:
        yield used
    finally:
        _tell(folder, used.told())


def _tell(folder: Path, usage: Usage) -> None:
    left = len(usage.remarks) - MOST_REMARKS
    for remark in usage.remarks[:MOST_REMARKS]:
        click.echo(f"hvcheck: cache {folder}: {remark}", err=True)
    if left > 0:
        click.echo(f"hvcheck: cache {folder}: and {left} more of that kind", err=True)
    click.echo(f"hvcheck: cache {folder}: {usage}", err=True)
