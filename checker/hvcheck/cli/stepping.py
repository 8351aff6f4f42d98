"""Choosing the steps of a run by hand, with a way back."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TextIO

from hvcheck.chart.canvas import Line, Part, plain
from hvcheck.chart.changed import describe_changes
from hvcheck.chart.run import step_label
from hvcheck.ondisk.telling import difference_lines, disk_lines, files_in
from hvcheck.report.console import write
from hvmodel.concrete import ConformanceError
from hvmodel.semantics import Step, apply, enabled
from hvmodel.state import Layout, State
from hvmodel.system import ActionKind

from .keeping import EXIT_DIFFERS, Keeper

_HELP = "a number takes that step, u takes the last one back, q ends; the files stay"


def step_through(keeper: Keeper, source: TextIO, target: TextIO) -> int:
    """Ask for one step after the other until `q` or the end of input. The exit code."""
    write(target, [plain(_HELP, "quiet")])
    while True:
        offered = list(enabled(keeper.found.layout, keeper.play.state))
        write(target, _offers(keeper, offered))
        target.write(f"step {len(keeper.play.trace.steps) + 1}> ")
        target.flush()
        line = source.readline()
        answer = line.strip().lower()
        if not line or answer == "q":
            target.write("\n")
            keeper.tell_end(None)
            return 0
        try:
            write(target, list(_done(keeper, offered, answer)))
        except ConformanceError as error:
            write(target, [*difference_lines(error), *disk_lines(keeper.play)])
            return EXIT_DIFFERS


def _offers(keeper: Keeper, offered: list[Step]) -> Iterator[Line]:
    if not offered:
        yield plain("  nothing can move any more", "quiet")
    for number, step in enumerate(offered, 1):
        label = _label(keeper.found.layout, step, keeper.play.state)
        yield plain(f"{number:4}  ", "number").append(
            label, _PARTS[keeper.found.layout.system.action[step.action].kind]
        )


def _label(layout: Layout, step: Step, state: State) -> str:
    """Without the place of what happens nowhere in particular, such as a fault. What shows nothing of itself, such as
    an alternative of a `choose`, is known by what it makes possible."""
    label = step_label(layout, step, state).removeprefix(": ")
    if layout.system.action[step.action].events:
        return label
    before, after = frozenset(enabled(layout, state)), apply(layout, state, step)
    new = [step_label(layout, one, after) for one in enabled(layout, after) if one not in before]
    return _VARIANT.sub("", label) + (f", then {' or '.join(dict.fromkeys(new))}" if new else "")


_VARIANT = re.compile(r"#\d+( ~\d+)?")
"""What tells an action from others of its name: the alternatives here are told apart by what follows."""


_PARTS: dict[ActionKind, Part] = {
    "protocol": "label",
    "environment": "environment",
    "fault": "fault",
    "deadline": "failure",
}


def _done(keeper: Keeper, offered: list[Step], answer: str) -> Iterator[Line]:
    """Do what was asked for; what it changed, of the model and of the files."""
    play, layout = keeper.play, keeper.found.layout
    before, files = play.state, set(files_in(play.folder))
    if answer == "u":
        undone = play.undo()
        if undone is None:
            yield plain("  nothing to take back", "unsure")
            return
        yield plain(f"  taken back: {_label(layout, undone, play.state)}", "head")
    elif answer.isdigit() and 1 <= int(answer) <= len(offered):
        step = offered[int(answer) - 1]
        keeper.take(step)
        yield plain(f"  {_label(layout, step, before)}", "head")
    else:
        yield plain(f"  {answer or 'nothing'!s}: {_HELP}", "unsure")
        return
    yield from (plain(f"    {change}", "change") for change in describe_changes(layout, before, play.state))
    now = set(files_in(play.folder))
    yield from (plain(f"    new file {name}", "good") for name in sorted(now - files))
    yield from (plain(f"    gone {name}", "bad") for name in sorted(files - now))
