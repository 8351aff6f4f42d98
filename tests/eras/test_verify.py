"""Every shipped era is what it says it is: each cell of its matrix as expected, nothing undetermined."""

from __future__ import annotations

import json

import pytest

from hvcheck.cli.main import run
from hvspec.library import era_names
from hvspec.load import load


@pytest.mark.parametrize("era", era_names())
def test_an_era_has_no_errors(era: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["check", era]) == 0, capsys.readouterr().out


@pytest.mark.parametrize("era", era_names())
def test_an_era_is_one_sheet(era: str) -> None:
    spec, _ = load(era)
    assert spec is not None
    assert spec.sources[spec.file].count("\n") <= 300


@pytest.mark.slow
@pytest.mark.parametrize("era", era_names())
def test_every_verdict_is_as_the_era_expects(era: str, capsys: pytest.CaptureFixture[str]) -> None:
    """... and what a scenario's settings break holds without them. Where a fault is needed, nothing is judged then."""
    code = run(["verify", era, "--json"])
    cells = json.loads(capsys.readouterr().out)["specs"][0]["cells"]
    assert code == 0, [(cell["scenario"], cell["property"], cell["note"]) for cell in cells if cell["note"]]
    idle = {cell["property"] for cell in cells if cell["verdict"] is None}
    ideal = {cell["property"] for cell in cells if cell["scenario"] == "ideal" and cell["verdict"] == "VIOLATED"}
    broken = [cell for cell in cells if cell["verdict"] == "VIOLATED" and cell["property"] not in ideal | idle]
    assert broken
    assert [(cell["scenario"], cell["property"]) for cell in broken if not cell["restored"]] == []


@pytest.mark.parametrize(
    ("era", "scenario", "property", "word"),
    [
        ("ws2012r2", "early_thaw", "AppConsistent", "violated"),
        ("ws2012r2", "wrong_fork_merged", "NoLostWrite", "violated"),
        ("ws2012r2", "late_names", "NamesMatch", "violated"),
        ("ws2012r2", "scsi_added", "BackupSucceeds", "reached"),
        ("ws2016", "convert_before_verify", "ChainRestorable", "violated"),
        ("ws2016", "merge_loses_bits", "ChangesComplete", "violated"),
        ("ws2016", "no_storage_snapshot", "WithoutStorageSnapshot", "reached"),
    ],
)
def test_what_the_eras_are_known_for(
    era: str, scenario: str, property: str, word: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code = run(["verify", era, "--scenario", scenario, "--property", property, "--charts", "none"])
    said = capsys.readouterr().out
    assert code == 0, said
    assert word in said
