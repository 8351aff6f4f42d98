"""What `run_test` promises besides: determinism, properties, honesty about what was not tried, nothing left behind."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from hvcheck.cli import main
from hvcheck.plan.work import load_spec
from hvcheck.report.conformance import conformance_lines
from hvcheck.stateful.coverage import EdgeMap
from hvcheck.stateful.report import Broken, Differs, Passed, TestReport, Untested
from hvcheck.stateful.run import PROFILES, Profile, run_test
from hvmodel.expression import FALSE, Literal, Read, equality
from hvmodel.semantics import Step
from hvmodel.state import Layout
from hvmodel.stores.plain import PlainDisk
from hvmodel.system import Action, Function, Guard, Obligation, Property, System, Write
from hvmodel.trace import Trace, run
from hvmodel.types import Enum

from . import stores
from .sample import SCOPE, backup

Folders = Callable[[], Path]
SMALL = Profile(examples=5, steps=10, walks=5, walk_steps=30)
WRITTEN = ("NeverWritten",)


def _with(**changes: object) -> System:
    return replace(backup(), **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize("store", [PlainDisk, stores.LosesOnRevert])
def test_the_same_seed_gives_the_same_report(folders: Folders, store: type[PlainDisk]) -> None:
    def report(seed: int) -> object:
        return run_test(backup(), SCOPE, folders, profile=SMALL, seed=seed, driver=store, violated=WRITTEN)

    assert report(1) == report(1)
    assert report(1) != report(2)


def test_hypothesis_is_deterministic_too(folders: Folders) -> None:
    def report() -> object:
        hypothesis_only = Profile(20, 20, 0, 20)
        return run_test(backup(), SCOPE, folders, profile=hypothesis_only, seed=3, violated=WRITTEN)

    assert report() == report()


def test_nothing_is_left_behind(folders: Folders, tmp_path: Path) -> None:
    for store in (PlainDisk, stores.LosesOnCopy):
        run_test(backup(), SCOPE, folders, profile=SMALL, driver=store, violated=WRITTEN)
    assert list(tmp_path.iterdir()) == []


WATCHED = """
import os, sys, tempfile
from pathlib import Path
from hvcheck.stateful.run import Profile, run_test
from stateful.sample import SCOPE, backup
root = sys.argv[1]
outside, inside = [], []
def watch(event, arguments):
    path = arguments[0] if arguments else None
    if not isinstance(path, (str, bytes, Path)):
        return
    writes = event == "open" and arguments[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)
    if writes or event in ("os.mkdir", "os.rename", "os.remove", "os.truncate"):
        text = os.fsdecode(path)
        # removing a tree names its entries relative to an open folder; the tree's own path was judged before
        (inside if text.startswith(root) or not os.path.isabs(text) else outside).append((event, text))
sys.addaudithook(watch)
def folders():
    return Path(tempfile.mkdtemp(dir=root))
report = run_test(backup(), SCOPE, folders, profile=Profile(5, 10, 3, 20), violated=("NeverWritten",))
assert report.passed, report
assert len(inside) > 100, len(inside)
assert not outside, outside
"""


def test_nothing_outside_the_folders_is_written(tmp_path: Path) -> None:
    sources = [str(Path(__file__).parents[1])]
    sources += [str(Path(sys.modules[name].__file__ or "").parents[1]) for name in ("hvmodel", "hvcheck")]
    work, here = tmp_path / "work", tmp_path / "here"
    work.mkdir()
    here.mkdir()
    done = subprocess.run(
        [sys.executable, "-c", WATCHED, str(work)],
        env={"PYTHONPATH": os.pathsep.join(sources), "PYTHONDONTWRITEBYTECODE": "1"},
        cwd=here, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert list(work.iterdir()) == []
    assert list(here.iterdir()) == []


def test_a_broken_property_is_told_with_its_shortest_run(folders: Folders) -> None:
    outcome = run_test(backup(), SCOPE, folders, profile=SMALL).outcome
    assert isinstance(outcome, Broken)
    assert outcome.property == "NeverWritten"
    assert outcome.moves == (Step("Write", (0, 0, 1)),)


def test_never_and_obligations_are_judged_by_steps(folders: Folders) -> None:
    never = Property("NoDrop", "never", forbidden=frozenset({"Drop"}))
    outcome = run_test(_with(properties=(never,)), SCOPE, folders, profile=SMALL).outcome
    assert isinstance(outcome, Broken)
    assert [move.action for move in outcome.moves if isinstance(move, Step)][-1] == "Drop"
    assert len(outcome.moves) == 5

    bad = Obligation("requires", FALSE, "never to be called")
    actions = tuple(
        replace(action, obligations=(bad,)) if action.name == "Shadow" else action for action in backup().actions
    )
    broken = run_test(_with(actions=actions, properties=()), SCOPE, folders, profile=SMALL).outcome
    assert isinstance(broken, Broken)
    assert (broken.property, len(broken.moves)) == ("obligations", 2)
    expected = run_test(_with(actions=actions, properties=()), SCOPE, folders, profile=SMALL, violated=("obligations",))
    assert expected.passed
    assert "Shadow" in expected.untaken


def test_too_few_edges_are_no_success_and_steps_without_a_meaning_are_not_led_to(folders: Folders) -> None:
    bad = Obligation("requires", FALSE, "never to be called")
    actions = tuple(
        replace(action, obligations=(bad,)) if action.name == "Shadow" else action for action in backup().actions
    )
    system = _with(actions=actions, properties=())
    edges = EdgeMap(Layout(_with(properties=()), SCOPE))  # with what comes after `Shadow`

    def report(coverage: float) -> TestReport:
        asked = replace(SMALL, coverage=coverage)
        return run_test(system, SCOPE, folders, profile=asked, violated=("obligations",), edges=edges)

    enough, too_little = report(0.1), report(0.95)
    assert enough.passed
    assert "Shadow" in enough.untaken
    assert isinstance(too_little.outcome, Untested)
    assert "95% are asked for; not seen: " in too_little.outcome.reason
    assert "Shadow" in too_little.outcome.reason


def test_a_property_broken_at_the_start_needs_no_step(folders: Folders) -> None:
    outcome = run_test(_with(properties=(Property("No", "always", FALSE),)), SCOPE, folders, profile=SMALL).outcome
    assert isinstance(outcome, Broken)
    assert outcome.moves == ()
    assert len(outcome.trace.states) == 1


def test_what_compared_nothing_has_not_passed(folders: Folders) -> None:
    idle = _with(actions=(Action("Idle", "protocol"),), properties=())
    assert run_test(idle, SCOPE, folders, profile=SMALL).outcome == Untested(
        "no step of any run did anything to a disk"
    )
    assert isinstance(run_test(_with(actions=()), SCOPE, folders, profile=SMALL).outcome, Untested)
    assert run_test(_with(disks=(), actions=()), SCOPE, folders).outcome == Untested("the system has no disks")
    tape = tuple(replace(disk, driver="tape") for disk in backup().disks)
    assert isinstance(run_test(_with(disks=tape), SCOPE, folders).outcome, Untested)


def test_known_runs_are_tried_first(folders: Folders) -> None:
    layout = Layout(backup(), SCOPE)
    steps = (Step("Write", (0, 1, 1)), Step("Prepare", ()), Step("Shadow", ()), Step("Copy", ()), Step("Revert", (0,)))
    known = run(layout, steps)
    assert isinstance(known, Trace)
    foreign = Trace(known.states[:2], (Step("Copy", ()),))
    report = run_test(
        backup(), SCOPE, folders, profile=SMALL, driver=stores.LosesOnRevert, violated=WRITTEN, known=(foreign, known)
    )
    assert isinstance(report.outcome, Differs)
    assert (report.examples, report.steps) == (1, 5)


def test_the_chart_is_drawn_of_the_shrunk_trace(folders: Folders) -> None:
    def render(layout: Layout, trace: Trace) -> str:
        return f"{layout.system.name}: " + " ".join(step.action for step in trace.steps)

    report = run_test(
        backup(), SCOPE, folders, profile=SMALL, driver=stores.LosesOnCopy, violated=WRITTEN, render=render
    )
    assert isinstance(report.outcome, Differs)
    actions = " ".join(step.action for step in report.outcome.trace.steps)
    assert report.outcome.chart == f"backup: {actions}"
    assert len(report.outcome.trace.steps) == 4


def deep(length: int) -> System:
    """A protocol of `length` steps in order before the copy, under guest writes, that a fault may end at any time."""
    locations = Enum("Deep", tuple(f"l{i}" for i in range(length)))

    def at(i: int) -> Guard:
        return Guard("at", equality(Read("deep", (), locations), Literal(f"l{i}", locations)), "control")

    def to(i: int) -> Write:
        return Write("deep", (), Literal(f"l{i}", locations))

    base = backup()
    steps = tuple(Action(f"Deep: Step#{i} ~1", "protocol", (), (at(i),), (to(i + 1),)) for i in range(length - 1))
    fault = Action("Fail", "fault", (), (), (to(0),))
    copying = base.action["Copy"]
    last = replace(copying, guards=(at(length - 1),), writes=(*copying.writes[:3], to(0)))
    return replace(
        base,
        functions=(*base.functions, Function("deep", (), locations, Literal("l0", locations))),
        actions=(base.action["Write"], fault, *steps, last),
        properties=(),
        enums=(*base.enums, locations),
    )


def test_long_protocols_are_walked_to_their_end(folders: Folders) -> None:
    report = run_test(deep(50), SCOPE, folders, profile=Profile(2, 10, 5, 200))
    assert isinstance(report.outcome, Passed)
    assert report.coverage == "52 of 52 actions"
    assert report.taken["Copy"] >= 5


def test_a_fault_at_the_end_of_a_long_protocol_is_found_and_shrunk(folders: Folders) -> None:
    report = run_test(deep(50), SCOPE, folders, profile=Profile(2, 10, 20, 200), driver=stores.LosesOnCopy)
    assert isinstance(report.outcome, Differs)
    assert len(report.outcome.moves) == 51
    assert report.outcome.minimal


def test_profiles_grow() -> None:
    sizes = [PROFILES[name].examples * PROFILES[name].steps for name in ("ci", "dev", "nightly")]
    assert sizes == sorted(sizes)


def test_examples_and_steps_override_the_profile(folders: Folders) -> None:
    none = Profile(1, 1, 0, 0)
    report = run_test(backup(), SCOPE, folders, examples=7, steps=9, profile=none, violated=WRITTEN)
    assert 7 <= report.examples < 30  # Hypothesis does not count the examples that it gives up
    assert report.steps + report.disturbances <= report.examples * 9


def test_a_success_names_what_was_judged_and_what_was_not(capsys: pytest.CaptureFixture[str]) -> None:
    asked = ["test", "ws2012", "--scenario", "no_rollback", "--profile", "ci", "--examples", "1", "--steps", "1"]
    assert main.run([*asked, "--width", "10000"]) == 0
    judged, left_out = (line for line in capsys.readouterr().out.splitlines() if "judged: " in line)
    assert judged.startswith("  judged: 7 properties: OneInstant, ")
    assert (
        "not judged: AppConsistent, RawConsistent (expected violated); Isolation, AsRequested (no IcFails here)"
        in left_out
    )
    assert "Completes, GuestThaws" in left_out
    assert "; 24 lemmas: IcIntact, " in left_out
    assert main.run([*asked, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert len(found["checked"]) == 7
    assert found["not_checked"]["AppConsistent"] == "expected violated"
    assert found["not_checked"]["Reverted"] == "lemma"
    spec, _ = load_spec("ws2012")
    assert spec is not None
    names = {*(claim.name for claim in spec.properties), "Preconditions", "NoDeadlock"}
    assert names <= {*found["checked"], *found["not_checked"]}
    assert not {*found["checked"]} & {*found["not_checked"]}


def test_where_nothing_was_judged_a_success_says_so() -> None:
    report = TestReport(Passed(), 1, 1, 1, unjudged={"Whole": "expected violated"})
    lines = [str(line) for line in conformance_lines(report, "files", "a spec")]
    assert "  judged: no property" in lines
    assert "  not judged: Whole (expected violated)" in lines
