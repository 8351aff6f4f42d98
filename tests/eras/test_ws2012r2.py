"""2012 R2: generations, batches and the owner of a volume, and that verdicts notice when one of them is wrong."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

import pytest

from hvcheck.engine import Budget, Progress
from hvcheck.explicit.engine import ExplicitEngine
from hvcheck.verdict import Reached, Verdict
from hvspec.spec import Spec
from language.helpers import compiled, loaded

ERA = "eras/ws2012r2.hvs"


def word(spec: Spec, scenario: str, scope: str, property: str, **settings: str) -> str:
    """The verdict on one property."""
    return judged(spec, scenario, scope, property, settings).word.lower()


def judged(spec: Spec, scenario: str, scope: str, property: str, settings: dict[str, str]) -> Verdict:
    system, sizes = compiled(spec, scenario, scope, settings)
    claims = [claim for claim in system.properties if claim.name == property]
    (found,) = (one for one in ExplicitEngine().run(system, claims, sizes, Budget()) if not isinstance(one, Progress))
    return found


def changed(folder: Path, name: str, old: str, new: str) -> Spec:
    """The era with one place of it, or of a module that it uses, put otherwise."""
    era = folder / "ws2012r2.hvs"
    era.write_text(files("hvspec").joinpath(ERA).read_text("utf-8"), "utf-8")
    text = files("hvspec").joinpath(name).read_text("utf-8")
    assert text.count(old) == 1
    (folder / Path(name).name).write_text(text.replace(old, new), "utf-8")
    return loaded(era)


@pytest.mark.parametrize(
    ("scenario", "scope", "property", "expected", "name", "old", "new", "found"),
    [
        pytest.param(
            "csv_deadline", "disks", "NothingLeft", "holds",
            ERA, "override on DeleteSnapshots { inherited  Csv.kept := false }", "", "violated",
            id="a set that fails lets the volume go",
        ),
        pytest.param(
            "csv", "disks", "OwnerSnaps", "holds",
            ERA, "on EndPrepareSnapshots { if on_csv", "on PostFinalCommitSnapshots { if on_csv", "violated",
            id="the volume is taken over before the snapshot",
        ),
        pytest.param(
            "generation_2", "disks", "BackupSucceeds", "reached",
            "std/hot_add.hvs", "if boots_there() and controllers(vm) == 0 then 1 else controllers(vm)",
            "controllers(vm)", "unreachable",
            id="the controller of a boot disk stays",
        ),
        pytest.param(
            "generation_2_full", "disks", "BackupSucceeds", "unreachable",
            "std/hot_add.hvs", "if boots_there() then 1 else 0", "0", "reached",
            id="a boot disk takes a slot",
        ),
        pytest.param(
            "batches_of_two", "three", "BackupSucceeds", "reached",
            "std/job.hvs", " or (all v: VM . v in handled)", "", "unreachable",
            id="the last batch need not be full",
        ),
    ],
)  # fmt: skip
def test_a_verdict_hangs_on_it(
    scenario: str, scope: str, property: str, expected: str, name: str, old: str, new: str, found: str, tmp_path: Path
) -> None:
    assert word(loaded("ws2012r2"), scenario, scope, property) == expected
    assert word(changed(tmp_path, name, old, new), scenario, scope, property) == found


@pytest.mark.parametrize(
    ("generation", "controllers", "disks", "succeeds"),
    [
        ("gen1", "0", "0", False),
        ("gen1", "1", "63", True),
        ("gen1", "1", "64", False),
        ("gen1", "2", "64", True),
        ("gen1", "4", "256", False),
        ("gen2", "0", "0", True),
        ("gen2", "0", "63", False),
        ("gen2", "1", "62", True),
        ("gen2", "1", "63", False),
        ("gen2", "2", "126", True),
    ],
)
def test_a_backup_needs_a_free_slot(generation: str, controllers: str, disks: str, succeeds: bool) -> None:
    """64 disks to a controller; the boot disk of Generation 2 is one of them, and its controller cannot be removed."""
    said = word(
        loaded("ws2012r2"), "merged_early", "disks", "BackupSucceeds",
        generation=generation, scsi_controllers=controllers, scsi_disks=disks, transactions="0",
    )  # fmt: skip
    assert said == ("reached" if succeeds else "unreachable")


@pytest.mark.parametrize(
    ("size", "scope", "sets"), [(0, "three", 1), (1, "three", 3), (2, "machines", 1), (2, "three", 2), (3, "three", 1)]
)
def test_a_job_has_as_many_sets_as_batches(size: int, scope: str, sets: int) -> None:
    """Along a run that delivers every machine: none fails here, so every such run has as many."""
    settings = {"batch_size": str(size), "transactions": "0"}
    verdict = judged(loaded("ws2012r2"), "batches_of_two", scope, "BackupSucceeds", settings)
    assert isinstance(verdict, Reached)
    taken, asked = (
        [step for step in verdict.run.trace.steps if f"{label}#" in step.action]
        for label in ("StorageProvider.CommitSnapshots", "Ic.Backup")
    )
    assert len(taken) == sets
    assert len(asked) == dict(verdict.run.layout.scope.sizes)["VM"]  # each machine once


def test_what_no_scenario_asks_for_costs_no_state() -> None:
    system, _ = compiled(loaded("ws2012r2"), "ideal", "disks")
    names = {action.name for action in system.actions}
    assert not {name for name in names if "Csv" in name or "Owner" in name or "Requester.Select" in name}
    csv, _ = compiled(loaded("ws2012r2"), "csv", "disks")
    assert {name for name in {action.name for action in csv.actions} - names if "Owner" in name}
