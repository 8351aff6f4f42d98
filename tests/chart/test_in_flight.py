"""Messages that nobody waits for, as a run shows them: sent, taken, lost, refused."""

from __future__ import annotations

from pathlib import Path

from hvcheck.chart.mermaid import to_mermaid
from hvcheck.chart.run import chart_of_run, step_label
from hvcheck.chart.text import draw
from hvmodel.semantics import Step, enabled
from hvmodel.state import Layout
from hvmodel.trace import Trace, run
from hvmodel.wording import described
from hvspec.compile import compile_system
from hvspec.load import load

from .golden import check

GOLDEN = Path(__file__).parent / "golden"
WANTED = ("send", "send", "send", "delivery", "loss", "crash", "failure")


def a_run() -> tuple[Layout, Trace]:
    """One that shows an event of each kind, in that order."""
    spec, diagnostics = load(str(Path(__file__).parent / "in_flight.hvs"))
    assert spec is not None, diagnostics
    system, scope, _ = compile_system(spec, scenario="bad")
    assert system is not None
    assert scope is not None
    layout = Layout(system, scope)
    steps: tuple[Step, ...] = ()
    for kind in WANTED:
        found = run(layout, steps)
        assert isinstance(found, Trace)
        able = enabled(layout, found.last)
        steps += (next(step for step in able if kind in {e.kind for e in system.action[step.action].events}),)
    found = run(layout, steps)
    assert isinstance(found, Trace)
    return layout, found


def test_what_is_in_flight_is_drawn() -> None:
    chart = chart_of_run(*a_run())
    drawn = [draw(chart, 100), draw(chart, 100, ascii_only=True), draw(chart, 20)]
    text = "\n".join("\n".join(map(str, lines)) for lines in drawn)
    check(GOLDEN, "in-flight.txt", f"{text}\n\n{to_mermaid(chart)}")


def test_a_step_says_that_nobody_waits() -> None:
    layout, found = a_run()
    labels = [step_label(layout, step, state) for step, state in zip(found.steps, found.states, strict=False)]
    assert labels[0] == "A ~> B: M(1)"
    assert labels[3] == "A ~> B: M(1) arrives"
    assert labels[4] == "A ~> B: M(2) is lost"
    assert "A ~> B: M" in described(layout.system.action[found.steps[4].action])
