"""Every wrong store is caught, with the shortest run that shows it."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest

from hvcheck.report.conformance import what_happened
from hvcheck.stateful.report import Broken, Differs, TestReport
from hvcheck.stateful.run import Profile, run_test
from hvcheck.stateful.session import Tally
from hvmodel.stores.plain import PlainDisk

from . import stores
from .sample import SCOPE, backup

Folders = Callable[[], Path]

SHORTEST: list[tuple[type[PlainDisk], int, set[str]]] = [
    (stores.LosesOnRevert, 5, {"now"}),
    (stores.LosesOnCopy, 4, {"now", "diff"}),
    (stores.ReadsStale, 1, {"now"}),
    (stores.ForgetsDrop, 5, {"diff"}),
    (stores.WritesElsewhere, 1, {"now"}),
    (stores.NeverFlushes, 2, {"now"}),
    (stores.LosesOnReopen, 2, {"now"}),
]


def tried(store: type[PlainDisk], folders: Folders, profile: Profile, seed: int = 0) -> TestReport:
    return run_test(backup(), SCOPE, folders, profile=profile, seed=seed, driver=store, violated=("NeverWritten",))


@pytest.mark.parametrize(("store", "length", "roles"), SHORTEST)
@pytest.mark.parametrize("engine", ["walks", "hypothesis"])
def test_a_wrong_store_is_caught_by_either_search(
    folders: Folders, store: type[PlainDisk], length: int, roles: set[str], engine: str
) -> None:
    profile = Profile(30, 30, 0, 40) if engine == "hypothesis" else Profile(1, 1, 30, 60)
    outcome = tried(store, folders, profile).outcome
    assert isinstance(outcome, Differs)
    # What Hypothesis draws depends on the modules that are loaded, so the run it starts from varies.
    longest = length if engine == "walks" else 3 * length
    assert length <= len(outcome.moves) <= longest, outcome.moves
    assert {difference.role for difference in outcome.differences} <= roles
    assert outcome.reproduced
    assert outcome.minimal
    assert outcome.trace.steps == tuple(move for move in outcome.moves if not isinstance(move, str))


def test_the_right_store_passes_the_same_tests(folders: Folders) -> None:
    report = tried(PlainDisk, folders, Profile(10, 20, 12, 120))
    assert report.passed
    assert report.untaken == ()
    assert report.coverage == "8 of 8 actions"
    assert report.storage_steps > 500
    assert report.disturbances > 100
    assert report.checked == ("SnapshotWhole", "obligations")


def test_a_store_that_fails_only_sometimes_is_never_passed(folders: Folders) -> None:
    stores.LosesSometimes.copies = 0
    outcome = tried(stores.LosesSometimes, folders, Profile(5, 20, 20, 60)).outcome
    assert isinstance(outcome, Differs)
    assert not outcome.reproduced
    assert not outcome.minimal


def test_hypothesis_alone_does_not_pass_a_store_that_fails_only_sometimes(folders: Folders) -> None:
    stores.LosesSometimes.copies = 0
    outcome = tried(stores.LosesSometimes, folders, Profile(30, 30, 0, 60)).outcome
    assert isinstance(outcome, Differs)


EITHER = [Profile(1, 1, 30, 60), Profile(30, 30, 0, 40)]


@pytest.fixture
def full(monkeypatch: pytest.MonkeyPatch) -> None:
    """No byte is free on any disk."""
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(2**40, 2**40, 0))


@pytest.mark.usefixtures("full")
@pytest.mark.parametrize("profile", EITHER)
@pytest.mark.parametrize("writes", [0, 20])
def test_a_full_disk_is_no_verdict(folders: Folders, profile: Profile, writes: int) -> None:
    stores.Stops.left = writes
    with pytest.raises(OSError, match="No space left on device") as caught:
        tried(stores.Stops, folders, profile)
    assert caught.value.filename == tempfile.gettempdir()


@pytest.mark.parametrize("profile", EITHER)
@pytest.mark.parametrize("writes", [0, 20])
def test_a_store_that_calls_a_disk_full_that_has_room_differs(folders: Folders, profile: Profile, writes: int) -> None:
    stores.Stops.left = writes
    outcome = tried(stores.Stops, folders, profile).outcome
    assert isinstance(outcome, Differs)
    assert "No space left on device" in str(outcome.differences[0])


@pytest.mark.usefixtures("full")
@pytest.mark.parametrize(("violated", "writes"), [(("NeverWritten",), 0), (("NeverWritten",), 60), ((), 0)])
def test_a_disk_that_fills_while_a_failure_is_shortened_takes_nothing_of_it(
    folders: Folders, violated: tuple[str, ...], writes: int
) -> None:
    stores.Stops.left = 10**9

    def watch(tally: Tally) -> None:
        if tally.phase.startswith("something is wrong"):
            stores.Stops.left = writes

    outcome = run_test(
        backup(), SCOPE, folders, profile=EITHER[0], driver=stores.LosesAndStops, violated=violated, watch=watch
    ).outcome
    assert isinstance(outcome, Differs if violated else Broken)
    assert outcome.moves
    assert not outcome.minimal
    assert outcome.stopped == "No space left on device"
    told = what_happened(outcome, "files")
    assert told.endswith("(perhaps fewer would do: shortening the run was stopped, No space left on device)")


def test_what_the_system_refuses_because_of_the_store_is_a_difference(folders: Folders) -> None:
    stores.Stops.left = 20
    outcome = tried(stores.ClosesTooEarly, folders, Profile(1, 1, 30, 60)).outcome
    assert isinstance(outcome, Differs)
    assert "Bad file descriptor" in str(outcome.differences[0])
