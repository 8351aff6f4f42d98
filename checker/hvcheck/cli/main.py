"""The `hvcheck` command: finds its subcommands lazily, and turns whatever happens into one line and an exit code."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import NoReturn

import click

from hvcheck import __version__

COMMANDS = (
    "verify",
    "check",
    "show",
    "diff",
    "test",
    "run",
    "replay",
    "eras",
    "new",
    "fmt",
    "explain",
    "disk",
    "coverage",
    "export",
)

EXIT_USAGE, EXIT_DEFECT, EXIT_INTERRUPTED = 2, 3, 130


class LazyGroup(click.Group):
    """A group whose commands are modules of this folder, imported when they are called or listed."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = import_module(f"hvcheck.cli.{cmd_name}").command
        return command


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(__version__, prog_name="hvcheck", message="%(prog)s %(version)s")
def group() -> None:
    """Check that a virtual-machine backup protocol gives consistent, restorable backups: in every interleaving,
    under every fault it names. If it does not, see the shortest run that shows it, as a sequence chart.

    \b
    hvcheck eras                      what is shipped
    hvcheck show ws2012               the protocol as a sequence chart
    hvcheck verify ws2012             every property in every scenario
    hvcheck verify my.hvs             your own spec
    hvcheck test ws2012               the same protocol on real disk files
    hvcheck run ws2012 --disks out    one run of it, on files that stay

    \b
    Exit codes: 0 all as expected, 1 a property differs from what the spec expects, 2 wrong usage,
    3 the spec has errors, 4 undetermined, 130 interrupted.
    """


def main() -> NoReturn:
    end_politely()
    sys.exit(run(sys.argv[1:]))


def end_politely() -> None:
    """Being told to end (SIGTERM) is an interruption like Ctrl-C, so that workers end too."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)


def run(arguments: Sequence[str]) -> int:
    """Run the command line and give its exit code; prints, never raises."""
    try:
        result = group.main(args=list(arguments), prog_name="hvcheck", standalone_mode=False)
        return result if isinstance(result, int) else 0
    except click.ClickException as error:
        return _usage(error)
    except (click.Abort, KeyboardInterrupt):
        return _say("interrupted", EXIT_INTERRUPTED)
    except BrokenPipeError:
        # Whoever read our output has gone; writing to it again at exit would fail once more.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return EXIT_USAGE
    except OSError as error:
        return _say(f"{error.filename or 'a file'}: {error.strerror or error}", EXIT_USAGE)
    except Exception as error:
        if os.environ.get("HVCHECK_DEBUG"):
            raise
        detail = f"{type(error).__name__}: {error}".splitlines()[0]
        return _say(f"defect of hvcheck ({detail}); HVCHECK_DEBUG=1 shows where, please report it", EXIT_DEFECT)


def _usage(error: click.ClickException) -> int:
    context = getattr(error, "ctx", None)
    where = f"; see {context.command_path} --help" if context else ""
    message = error.format_message() if not isinstance(error, click.exceptions.NoArgsIsHelpError) else ""
    if not message:
        click.echo(error.format_message())
        return EXIT_USAGE
    return _say(f"{message.rstrip('.')}{where}", EXIT_USAGE)


def _say(message: str, code: int) -> int:
    click.echo(f"hvcheck: {message}", err=True)
    return code


if __name__ == "__main__":
    main()
