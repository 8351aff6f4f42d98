"""Saved counterexamples on files: other makers' tools show what is wrong with them."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from hvcheck.cli.main import run

from .counterexamples import ERAS, expected_violations, save, setting, violations

CONTENT = {"P1", "P1raw", "P1base", "P2", "P3", "P4", "P7"}
TOOLS = ("7zz", "qemu-img", "cmp", "ls")

needs_tools = pytest.mark.skipif(
    any(shutil.which(tool) is None for tool in TOOLS), reason=f"needs {', '.join(TOOLS)} to look at the files"
)


def replayed(saved: Path, folder: Path, capsys: pytest.CaptureFixture[str]) -> dict[str, object]:
    assert run(["replay", str(saved), "--disks", str(folder), "--json"]) == 0
    document: dict[str, object] = json.loads(capsys.readouterr().out)
    return document


def judged(document: dict[str, object], id_: str, folder: Path) -> None:
    """The commands show what the document says they do."""
    evidence = document["evidence"]
    assert isinstance(evidence, dict)
    assert document["outcome"] == "AGREED"
    assert evidence["shows"] == ("content" if id_ in CONTENT else "listing" if id_ == "P5" else "nothing"), evidence
    for command in evidence["commands"]:
        done = subprocess.run(command, shell=True, cwd=folder, capture_output=True, text=True, check=False)
        if id_ == "P5":
            assert done.returncode == 0, done.stderr
            for entry in evidence["left"]:
                assert entry.rpartition("/")[2] in done.stdout.split()
        else:
            assert done.returncode == 1, (command, done.stdout, done.stderr)  # 1: they differ; 2: trouble
    assert id_ not in CONTENT or evidence["commands"]


@needs_tools
@pytest.mark.parametrize(
    ("era", "scenario", "scope", "claim"),
    [
        ("ws2012", "no_rollback", "disks", "AppConsistent"),
        ("ws2012r2", "switch_without_hold", None, "OneInstant"),
        ("ws2016", "copy_storage_off", None, "NothingLeft"),
    ],
)
def test_one_counterexample_of_each_era(
    era: str, scenario: str, scope: str | None, claim: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = setting(era, scenario, scope)
    (verdict,) = violations(found, (claim,))
    folder = tmp_path / "disks"
    document = replayed(save(found, verdict, tmp_path), folder, capsys)
    assert document["property"] == claim
    judged(document, found.id_of(claim), folder)


@needs_tools
@pytest.mark.slow
@pytest.mark.parametrize("era", ERAS)
def test_every_violation_of_the_matrix_is_shown_on_files(
    era: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shown: dict[str, int] = {}
    for scenario, names in expected_violations(era):
        found = setting(era, scenario)
        met = set()
        for verdict in violations(found, names):
            met.add(verdict.property)
            folder = tmp_path / f"{scenario}-{verdict.property}"
            document = replayed(save(found, verdict, tmp_path), folder, capsys)
            id_ = found.id_of(verdict.property)
            judged(document, id_, folder)
            shown[id_] = shown.get(id_, 0) + 1
            shutil.rmtree(folder)
        assert met == {name for name in names if name in found.layout.system.property}
    assert sum(shown.values()) >= 10, shown
    assert CONTENT & shown.keys()


def test_an_expected_image_is_right_where_the_run_is(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The raw file differs from the image in the blocks that are told, and nowhere else."""
    found = setting("ws2016", "mrt_after_data")
    (verdict,) = violations(found, ("ChangesComplete",))
    folder = tmp_path / "disks"
    evidence = replayed(save(found, verdict, tmp_path), folder, capsys)["evidence"]
    assert isinstance(evidence, dict)
    (image,) = evidence["images"]
    (block,) = re.findall(r"block (\d+) was changed", image["text"])
    raw = (folder / image["expected"]).read_bytes()
    assert len(raw) == 2 * 4096
    assert {int(block)} == {0}
    from hvmodel.stores.vhdx.disk import VhdxDisk

    disk = VhdxDisk(folder / image["image"].split("/")[0], 4096)
    role = Path(image["image"]).stem
    assert [disk.read(role, b) == raw[b * 4096 : (b + 1) * 4096] for b in range(2)] == [False, True]
    disk.close()


def test_what_people_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = setting("ws2012r2", "no_recovery")
    (verdict,) = violations(found, ("AppConsistent",))
    saved = save(found, verdict, tmp_path)
    assert run(["replay", str(saved), "--disks", str(tmp_path / "disks"), "--width", "110"]) == 0
    text = capsys.readouterr().out
    assert text.index("SwitchDisk(vm0, disk0)") < text.index("AGREED") < text.index("AppConsistent is violated")
    assert "given copied[vm0]" in text
    assert "  7zz e -so -tVHDX 2-taken-vm0-disk0/recovery.avhdx | cmp - expected/" in text
    assert "⋯" in text
    assert run(["replay", str(saved), "--disks", str(tmp_path / "all"), "--all-steps", "--ascii"]) == 0
    every = capsys.readouterr().out
    assert len(every.splitlines()) > len(text.splitlines())
    assert "⋯" not in every


def test_a_report_with_several_runs_asks_which(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = setting("ws2012r2", "no_recovery")
    cells = []
    for verdict in violations(found, ("AppConsistent", "RawConsistent")):
        document = json.loads(save(found, verdict, tmp_path).read_text())
        del document["#meta"]
        cells.append({"scenario": "no_recovery", "scope": "disks", "property": verdict.property, "run": document})
    assert len(cells) == 2
    report = tmp_path / "ws2012r2.json"
    report.write_text(json.dumps({"name": "ws2012r2", "cells": cells, "jobs": []}))
    assert run(["replay", str(report), "--disks", str(tmp_path / "a")]) == 2
    assert "2 of its runs fit" in capsys.readouterr().err
    assert not (tmp_path / "a").exists()
    arguments = ["replay", str(report), "--property", "RawConsistent", "--disks", str(tmp_path / "b"), "--json"]
    assert run(arguments) == 0
    assert json.loads(capsys.readouterr().out)["property"] == "RawConsistent"


def test_what_verify_saves_of_a_spec_is_replayed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The whole report, and the one of `--json`, name their runs by scenario and property."""
    results = tmp_path / "results"
    verify = ["verify", "ws2012r2", "--scenario", "no_recovery", "--property", "AppConsistent"]
    run([*verify, "--jobs", "1", "--out", str(results), "--json"])
    (tmp_path / "result.json").write_text(capsys.readouterr().out)
    documents = []
    for number, saved in enumerate((results / "ws2012r2.json", tmp_path / "result.json")):
        asked = ["replay", str(saved), "--property", "P1", "--disks", str(tmp_path / str(number)), "--json"]
        assert run(asked) == 0
        documents.append(json.loads(capsys.readouterr().out))
    assert {document["outcome"] for document in documents} == {"AGREED"}
    assert [document["property"] for document in documents] == ["AppConsistent"] * 2


UNPROVED = """
era unproved "Two switches, each of which only the other turns on"
var one: bool
var two: bool
env First when two { one := true }
env Second when one { two := true }
property Off "none is ever on" always not one
scope small { }
"""


def test_what_stops_a_proof_is_no_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A state from which a step breaks the property, but to which no run comes."""
    spec = tmp_path / "unproved.hvs"
    spec.write_text(UNPROVED)
    results = tmp_path / "results"
    assert run(["verify", str(spec), "--engine", "symbolic", "--jobs", "1", "--out", str(results)]) == 4
    assert "not inductive" in capsys.readouterr().out
    assert run(["replay", str(results / "unproved.json"), "--property", "Off", "--disks", str(tmp_path / "a")]) == 3
    told = capsys.readouterr().err
    assert "Off is UNDETERMINED there, so there is no run" in told
    assert "hvcheck verify --engine explicit" in told


def test_a_run_that_starts_elsewhere_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = setting("ws2012r2", "no_recovery")
    (verdict,) = violations(found, ("AppConsistent",))
    saved = save(found, verdict, tmp_path)
    document = json.loads(saved.read_text())
    document["states"] = document["states"][5:]
    saved.write_text(json.dumps(document))
    assert run(["replay", str(saved), "--disks", str(tmp_path / "disks")]) == 3
    told = capsys.readouterr().err
    assert "it does not start where the spec does" in told
    assert "hvcheck verify --engine explicit" in told
    assert not (tmp_path / "disks").exists()


def test_a_verdict_without_a_run_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    report = tmp_path / "report.json"
    report.write_text('{"cells": [{"scenario": "ideal", "property": "P", "verdict": "HOLDS"}]}')
    assert run(["replay", str(report), "--disks", str(tmp_path / "disks")]) == 3
    assert "P is HOLDS there, so there is no run; expected a property that is VIOLATED" in capsys.readouterr().err


def test_a_run_for_ever_and_a_step_that_must_not_be_taken_are_replayed_too(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = setting("ws2012", "ideal", "disks")
    (verdict,) = violations(found, ("HostNeverMounts",))
    document = replayed(save(found, verdict, tmp_path), tmp_path / "disks", capsys)
    judged(document, "P11", tmp_path / "disks")


WRONG = [
    ("nothing.json", None, 2, "No such file"),
    ("text.json", "not json", 3, "not JSON"),
    ("list.json", "[1]", 3, "not a JSON object"),
    ("other.json", '{"a": 1}', 3, "no states with their steps"),
    ("nospec.json", '{"steps": []}', 3, "which spec"),
    ("lost.json", '{"#meta": {"spec": "ws1999"}, "steps": []}', 3, "no spec ws1999 here; name it with --spec"),
    ("scenario.json", '{"#meta": {"spec": "ws2012", "scenario": "x"}, "steps": []}', 3, "no scenario x"),
    ("good.json", '{"#meta": {"spec": "ws2012"}, "steps": []}', 3, "breaks no property"),
    ("claim.json", '{"#meta": {"spec": "ws2012", "property": "Nope"}, "steps": []}', 3, "no property 'Nope'"),
    ("action.json", '{"#meta": {"spec": "ws2012"}, "steps": [{"action": "Nope", "arguments": {}}]}', 3, "no action"),
    ("deep.json", "[" * 100_000, 3, "not JSON"),
]


@pytest.mark.parametrize(("name", "text", "code", "said"), WRONG, ids=[one[0] for one in WRONG])
def test_what_is_no_counterexample_is_told_in_one_line(
    name: str, text: str | None, code: int, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    if text is not None:
        (tmp_path / name).write_text(text)
    assert run(["replay", str(tmp_path / name), "--disks", str(tmp_path / "disks")]) == code
    told = capsys.readouterr()
    assert said in told.err
    assert "Traceback" not in told.err
    assert not (tmp_path / "disks").exists()


def test_a_step_that_the_spec_does_not_allow_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = setting("ws2012r2", "no_recovery")
    (verdict,) = violations(found, ("AppConsistent",))
    saved = save(found, verdict, tmp_path)
    document = json.loads(saved.read_text())
    del document["states"][5]
    saved.write_text(json.dumps(document))
    assert run(["replay", str(saved), "--disks", str(tmp_path / "disks")]) == 3
    assert "step 5: " in capsys.readouterr().err
    document["states"][3]["#meta"]["arguments"] = {"x": "nowhere"}
    saved.write_text(json.dumps(document))
    assert run(["replay", str(saved), "--disks", str(tmp_path / "disks")]) == 3
    assert "arguments" in capsys.readouterr().err


def test_names_of_files_are_not_broken(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """At a hyphen, a name that is copied from the text is none any more."""
    found = setting("ws2012r2", "switch_without_hold")
    (verdict,) = violations(found, ("OneInstant",))
    saved = save(found, verdict, tmp_path)
    name = "3-taken-vm0-disk1/base.vhdx"
    for width in range(80, 120, 8):
        folder = tmp_path / str(width)
        assert run(["replay", str(saved), "--disks", str(folder), "--width", str(width)]) == 0
        told = capsys.readouterr().out
        told = told[told.index("On disk: ") : told.index("To see it")]
        assert name in told
