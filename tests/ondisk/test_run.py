"""One run on files that stay: drawn by a seed, from a file, or by hand."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from hvcheck.cli import main, run


def files(folder: Path) -> dict[str, int]:
    return {str(path.relative_to(folder)): path.stat().st_size for path in folder.rglob("*") if path.is_file()}


def test_a_seed_draws_the_same_run_every_time_and_keeps_its_files(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    runs = []
    for name in ("a", "b"):
        folder = tmp_path / name
        assert main.run(["run", "ws2016", "--disks", str(folder), "--seed", "3", "--steps", "60"]) == 0
        runs.append(capsys.readouterr().out.replace(str(folder), "DIR"))
        kept = files(folder)
        assert {"0-disk-vm0-disk0/base.vhdx", "0-disk-vm0-disk0-tracking/disk.rct"} <= kept.keys()
    assert runs[0] == runs[1]
    assert "AGREED  files and model agreed after each of 60 steps" in runs[0]
    assert runs[0].startswith("ws2016 ideal: ")
    assert main.run(["run", "ws2016", "--disks", str(tmp_path / "c"), "--seed", "4", "--steps", "60"]) == 0
    assert capsys.readouterr().out.replace(str(tmp_path / "c"), "DIR") != runs[0]


@pytest.mark.parametrize("driver", ["plain", "vhdx"])
def test_json_is_a_trace_that_runs_again(driver: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first = ["run", "ws2012r2", "--scenario", "one_machine_fails", "--steps", "90", "--driver", driver, "--json"]
    assert main.run([*first, "--disks", str(tmp_path / "a")]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["outcome"] == "AGREED"
    assert sorted(document["files"]) == sorted(files(tmp_path / "a"))
    saved = tmp_path / "run.json"
    saved.write_text(json.dumps(document))
    again = ["run", "ws2012r2", "--scenario", "one_machine_fails", "--trace", str(saved), "--driver", driver, "--json"]
    assert main.run([*again, "--disks", str(tmp_path / "b")]) == 0
    repeated = json.loads(capsys.readouterr().out)
    assert repeated["steps"] == document["steps"]
    assert files(tmp_path / "a").keys() == files(tmp_path / "b").keys()


def test_a_trace_of_another_scenario_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main.run(["run", "ws2012r2", "--steps", "60", "--json", "--disks", str(tmp_path / "a")]) == 0
    saved = tmp_path / "run.json"
    saved.write_text(capsys.readouterr().out)
    wrong = ["run", "ws2012", "--trace", str(saved), "--disks", str(tmp_path / "b")]
    assert main.run(wrong) == 3
    assert "step " in capsys.readouterr().err
    assert not (tmp_path / "b").exists()


def test_a_trace_is_taken_in_its_own_scenario_and_sizes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    own = ["--scenario", "scsi_added", "--scope", "machines", "--set", "transactions=1", "--steps", "70"]
    assert main.run(["run", "ws2012r2", *own, "--json", "--disks", str(tmp_path / "a")]) == 0
    saved = tmp_path / "run.json"
    saved.write_text(capsys.readouterr().out)
    assert main.run(["run", "ws2012r2", "--trace", str(saved), "--json", "--disks", str(tmp_path / "b")]) == 0
    first, again = json.loads(saved.read_text()), json.loads(capsys.readouterr().out)
    assert (again["#meta"], again["steps"]) == (first["#meta"], first["steps"])
    assert main.run(["run", "ws2016", "--trace", str(saved), "--disks", str(tmp_path / "c")]) == 3
    told = capsys.readouterr().err
    assert "ws2016 has no scenario scsi_added" in told
    assert "it was saved from ws2012r2" in told
    assert (
        main.run(["run", "ws2012r2", "--scenario", "no_scsi", "--trace", str(saved), "--disks", str(tmp_path / "c")])
        == 3
    )
    assert "saved from (ws2012r2 scsi_added)" in capsys.readouterr().err
    assert not (tmp_path / "c").exists()


@pytest.mark.parametrize(
    ("named", "changed"),
    [
        (["--scope", "machines"], {}),
        (["--scope", "pair"], {"scope_name": "pair", "scope": {"VM": 2, "DISK": 2, "BLOCK": 1, "DATA": 3}}),
        (["--set", "transactions=2"], {"settings": {"DATA": 3, "transactions": 2}}),
        (["--set", "DATA=3"], {}),
        (["--scenario", "scsi_added"], {}),
        (["--scenario", "one_machine_fails"], {"scenario": "one_machine_fails"}),
    ],
)
def test_what_is_named_with_a_trace_takes_the_place_of_that_only(
    named: list[str], changed: dict[str, object], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    own = ["--scenario", "scsi_added", "--scope", "machines", "--set", "transactions=1", "--set", "DATA=3"]
    assert main.run(["run", "ws2012r2", *own, "--steps", "5", "--json", "--disks", str(tmp_path / "a")]) == 0
    saved = tmp_path / "run.json"
    saved.write_text(capsys.readouterr().out)
    assert main.run(["run", "ws2012r2", "--trace", str(saved), *named, "--json", "--disks", str(tmp_path / "b")]) == 0
    first, again = json.loads(saved.read_text())["#meta"], json.loads(capsys.readouterr().out)["#meta"]
    kept = ("spec", "scenario", "scope_name", "scope", "settings")
    assert {key: again[key] for key in kept} == {**{key: first[key] for key in kept}, **changed}
    faults = 1 if "one_machine_fails" in named else 0
    assert (first["budgets"]["IcFails"], again["budgets"]["IcFails"]) == (0, faults)


def test_a_folder_that_is_not_empty_is_left_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "thesis.txt").write_text("keep")
    assert main.run(["run", "ws2012", "--disks", str(mine)]) == 2
    said = capsys.readouterr().err
    assert "the folder is not empty" in said
    assert "thesis.txt" in said
    assert files(mine) == {"thesis.txt": 4}
    assert main.run(["run", "ws2012", "--disks", str(mine / "thesis.txt")]) == 2
    assert "not a folder" in capsys.readouterr().err
    assert main.run(["run", "ws2012", "--disks", str(tmp_path / "no" / "such")]) == 2
    assert "No such file" in capsys.readouterr().err
    empty = tmp_path / "empty"
    empty.mkdir()
    assert main.run(["run", "ws2012", "--disks", str(empty), "--steps", "3"]) == 0


def by_hand(answers: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.setattr(run.sys, "stdin", io.StringIO(answers))
    return main.run(["run", "ws2012r2", "--scenario", "no_recovery", "--interactive", "--disks", str(folder)])


def test_steps_are_chosen_and_taken_back_by_hand(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert by_hand("u\n2\n99\nu\n1\n\nq\n", tmp_path / "a", monkeypatch) == 0
    text = capsys.readouterr().out
    assert "nothing to take back" in text
    assert "disk.base[vm0, disk0, block0]: zero -> data1" in text
    assert "taken back: guest[vm0]: AppBegin" in text
    assert "disk.base[vm0, disk0, block0]: data1 -> zero" in text
    assert "99: a number takes that step" in text
    assert text.count("step 1> ") == 3
    assert "step 2> " in text


def test_by_hand_alternatives_that_show_nothing_are_told_by_what_follows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(run.sys, "stdin", io.StringIO("1\n" * 36 + "2\n1\nq\n"))
    assert main.run(["run", "ws2016", "--interactive", "--disks", str(tmp_path / "a")]) == 0
    text = capsys.readouterr().out
    assert "   1  Backup: choose, then Requester -> HostVss: StartSnapshotSet\n" in text
    assert "   2  Backup: choose, then Requester -> Requester: Copies\n" in text
    assert "AGREED  files and model agreed after each of 38 steps" in text


class Typing:
    """Standard input of one who puts files of their own into the folder before the step is taken back."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.answers = folder, ["2", "u", "1", "q"]

    def readline(self) -> str:
        answer = self.answers.pop(0)
        if answer == "u":
            for place in (self.folder, self.folder / "0-disk-vm0-disk0", self.folder / "extracted"):
                place.mkdir(exist_ok=True)
                (place / "mine.raw").write_text("keep")
            (self.folder / "link").symlink_to(self.folder / "extracted")
        return f"{answer}\n"


@pytest.mark.parametrize("driver", ["plain", "vhdx"])
def test_undo_leaves_what_others_have_put_beside_the_files(
    driver: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "a"
    monkeypatch.setattr(run.sys, "stdin", Typing(folder))
    arguments = ["run", "ws2012r2", "--scenario", "no_recovery", "--interactive", "--driver", driver]
    assert main.run([*arguments, "--disks", str(folder)]) == 0
    assert "taken back: guest[vm0]: AppBegin" in capsys.readouterr().out
    mine = [path for path in files(folder) if path.endswith("mine.raw")]
    assert sorted(mine) == ["0-disk-vm0-disk0/mine.raw", "extracted/mine.raw", "mine.raw"]
    assert (folder / "link").is_symlink()


class Swapping:
    """Standard input of one who puts a link out of the folder in the place of something that the run has made."""

    def __init__(self, place: Path, target: Path) -> None:
        self.place, self.target, self.answers = place, target, ["2", "u", "q"]

    def readline(self) -> str:
        answer = self.answers.pop(0)
        if answer == "u":
            self.place.rename(self.place.with_name("moved"))
            self.place.symlink_to(self.target)
        return f"{answer}\n"


@pytest.mark.parametrize("place", ["0-disk-vm0-disk0", "0-disk-vm0-disk0/base.vhdx"])
def test_undo_touches_nothing_that_a_link_leads_to_outside_the_folder(
    place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, outside = tmp_path / "a", tmp_path / "outside"
    outside.mkdir()
    (outside / "base.vhdx").write_text("mine")
    target = outside if "/" not in place else outside / "base.vhdx"
    monkeypatch.setattr(run.sys, "stdin", Swapping(folder / place, target))
    arguments = ["run", "ws2012r2", "--scenario", "no_recovery", "--interactive"]
    assert main.run([*arguments, "--disks", str(folder)]) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert "a link leads out of the folder, so nothing was taken back; found 0-disk-vm0-disk0/base.vhdx" in said
    assert files(outside) == {"base.vhdx": 4}
    assert (folder / place).is_symlink()
    assert any("moved" in path for path in files(folder))


class SwappingOnTheWay(Swapping):
    """The same before a step forward, of which many follow."""

    def __init__(self, place: Path, target: Path) -> None:
        super().__init__(place, target)
        self.answers = [*["1"] * 30, "q"]

    def readline(self) -> str:
        if len(self.answers) == 29:
            self.place.rename(self.place.with_name("moved"))
            self.place.symlink_to(self.target)
        return f"{self.answers.pop(0)}\n"


@pytest.mark.parametrize("driver", ["plain", "vhdx"])
def test_a_step_forward_writes_nothing_that_a_link_leads_to_outside_the_folder(
    driver: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, outside = tmp_path / "a", tmp_path / "outside"
    outside.mkdir()
    (outside / "mine").write_text("mine")
    monkeypatch.setattr(run.sys, "stdin", SwappingOnTheWay(folder / "0-disk-vm0-disk0", outside))
    arguments = ["run", "ws2012r2", "--scenario", "no_recovery", "--interactive", "--driver", driver]
    assert main.run([*arguments, "--disks", str(folder)]) in (0, 1, 2)
    assert "Traceback" not in "".join(capsys.readouterr())
    assert files(outside) == {"mine": 4}
    assert any(path.startswith("moved/child") for path in files(folder))


def test_by_hand_new_files_are_told_and_undo_takes_them_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The protocol's step is always the first that is offered, so ones lead to the switch."""
    assert by_hand("1\n" * 40, tmp_path / "a", monkeypatch) == 0  # the end of input ends it, too
    text = capsys.readouterr().out
    assert "new file 0-disk-vm0-disk0/child.avhdx" in text
    assert (tmp_path / "a" / "0-disk-vm0-disk0" / "child.avhdx").exists()
    before = text[: text.index("new file 0-disk-vm0-disk0/child.avhdx")].count("> ")
    assert by_hand("1\n" * before + "u\nq\n", tmp_path / "b", monkeypatch) == 0
    assert "gone 0-disk-vm0-disk0/child.avhdx" in capsys.readouterr().out
    assert not (tmp_path / "b" / "0-disk-vm0-disk0" / "child.avhdx").exists()


def test_ways_that_exclude_each_other(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for more in (["--interactive", "--json"], ["--interactive", "--trace", "x"], ["--scenario", "nope"]):
        assert main.run(["run", "ws2012", "--disks", str(tmp_path / "a"), *more]) == 2
        assert capsys.readouterr().err.startswith("hvcheck: ")
    assert main.run(["run", "ws2012"]) == 2
    assert "--disks" in capsys.readouterr().err
    assert not (tmp_path / "a").exists()


def test_a_spec_without_disks_has_nothing_to_keep(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main.run(["new", "tiny"]) == 0
    assert main.run(["run", "tiny.hvs", "--disks", "a"]) == 3
    assert "the spec has no disks" in capsys.readouterr().err
    assert not (tmp_path / "a").exists()


CONFINED = """
import resource, signal, sys
from hvcheck.cli import main
signal.signal(signal.SIGINT, signal.default_int_handler)
limit = int(sys.argv.pop(1))
if limit:
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
main.main()
"""


def started(folder: Path, *more: str, limit: int | None = None) -> subprocess.Popen[str]:
    sources = {str(Path(sys.modules[name].__file__ or "").parents[1]) for name in ("hvmodel", "hvspec", "hvcheck")}
    return subprocess.Popen(
        [sys.executable, "-c", CONFINED, str(limit or 0), "run", "ws2012", "--disks", str(folder), *more],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sorted(sources))},
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def test_a_disk_that_takes_no_more_is_told_in_one_line(tmp_path: Path) -> None:
    """A limit on the size of files stands for a full disk: both are the system refusing to write."""
    process = started(tmp_path / "a", limit=3 * 2**20)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 2
    assert said.count("\n") == 1
    assert "File too large" in said


def test_control_c_ends_it_and_leaves_the_files(tmp_path: Path) -> None:
    process = started(tmp_path / "a", "--interactive")
    assert process.stdout is not None
    while not process.stdout.readline().startswith("a number takes"):
        pass
    time.sleep(0.3)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130
    assert said.strip() == "hvcheck: interrupted"
    assert "0-disk-vm0-disk0/now.vhdx" in files(tmp_path / "a")
