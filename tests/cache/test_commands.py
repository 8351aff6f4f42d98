"""`--cache DIR`: a second run says the same, having compiled nothing; a folder that is not safe is refused."""

from __future__ import annotations

import json
import os
import re
import resource
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from hvcheck.cli import main

pytestmark = pytest.mark.usefixtures("settled")

SPEC = Path(__file__).parents[1] / "benchmarks" / "specs" / "backup.hvs"
VERIFY = ("verify", str(SPEC), "--scenario", "shallow", "--width", "100")
NOTHING_COMPILED = re.compile(r"systems: 0 compiled, \d+ found; modules: 0 compiled, \d+ found")


def timeless(text: str) -> str:
    return re.sub(r"[\d.]+ (ms|s|min)\b|\"seconds\": [\d.e-]+", "TIME", text)


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = main.run(arguments)
    out, err = capsys.readouterr()
    return code, timeless(out), err


def entries(folder: Path) -> list[str]:
    return sorted(os.listdir(folder))


@pytest.mark.parametrize(
    "more", [("--jobs", "1"), ("--jobs", "2"), ("--json",), ("--engine", "symbolic", "--jobs", "1")]
)
def test_a_second_run_says_the_same_and_compiles_nothing(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, more: Sequence[str]
) -> None:
    folder = tmp_path / "kept"
    plain = run(capsys, *VERIFY, *more)
    first = run(capsys, *VERIFY, *more, "--cache", str(folder))
    second = run(capsys, *VERIFY, *more, "--cache", str(folder))
    assert plain[:2] == first[:2] == second[:2]
    assert plain[2] == ""
    assert not NOTHING_COMPILED.search(first[2])
    assert NOTHING_COMPILED.search(second[2])


@pytest.mark.parametrize(
    "command", [("coverage", str(SPEC), "--scenario", "shallow"), ("check", str(SPEC)), ("export", "--tla", str(SPEC))]
)
def test_other_commands_share_it(capsys: pytest.CaptureFixture[str], tmp_path: Path, command: Sequence[str]) -> None:
    plain = run(capsys, *command)
    told = [run(capsys, *command, "--cache", str(tmp_path / "kept")) for _ in range(2)]
    assert [one[:2] for one in told] == [plain[:2]] * 2
    assert NOTHING_COMPILED.search(told[1][2])
    assert not NOTHING_COMPILED.search(told[0][2])


def test_the_environment_may_name_it(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HVCHECK_CACHE", str(tmp_path / "kept"))
    assert run(capsys, "check", str(SPEC))[0] == 0
    assert entries(tmp_path / "kept")
    monkeypatch.setenv("HVCHECK_CACHE", "")
    assert run(capsys, "check", str(SPEC))[2] == ""


@pytest.mark.parametrize("command", ["verify", "check", "coverage", "export --tla"])
def test_an_empty_text_names_no_folder(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    monkeypatch.chdir(tmp_path)
    code, out, err = run(capsys, *command.split(), str(SPEC), "--cache", "")
    assert (code, out) == (2, "")
    assert "no folder is named" in err
    assert entries(tmp_path) == []


@pytest.mark.parametrize("command", ["verify", "check", "coverage", "export --tla"])
def test_the_stamp_is_taken_before_a_spec_is_read(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, command: str
) -> None:
    """Else an edit of hvcheck while a long spec is read could pass for what has been loaded."""
    tmp_path.chmod(0o777)
    code, out, err = run(capsys, *command.split(), str(tmp_path / "missing.hvs"), "--cache", str(tmp_path))
    assert (code, out) == (2, "")
    assert err.startswith("hvcheck: cache-writable: ")


def test_nothing_is_written_unless_it_is_named(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    run(capsys, *VERIFY)
    assert entries(tmp_path) == []


def test_a_folder_that_others_may_write_is_wrong_usage(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    tmp_path.chmod(0o777)
    code, out, err = run(capsys, *VERIFY, "--cache", str(tmp_path))
    assert (code, out) == (2, "")
    assert err == (
        f"hvcheck: cache-writable: {tmp_path}: other users may write the folder, and what is kept there is run;"
        " expected write permission for its owner only; found drwxrwxrwx; name another folder, or empty it and"
        " chmod go-w it\n"
    )
    assert entries(tmp_path) == []


def test_damaged_entries_change_no_verdict(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    folder = tmp_path / "kept"
    first = run(capsys, *VERIFY, "--cache", str(folder))
    whole = {name: (folder / name).read_bytes() for name in entries(folder)}
    for name in whole:
        (folder / name).write_bytes(whole[name][:-100] + bytes(100))
    second = run(capsys, *VERIFY, "--cache", str(folder))
    assert second[:2] == first[:2]
    assert "is made again: its content is not what was written" in second[2]
    assert NOTHING_COMPILED.search(run(capsys, *VERIFY, "--cache", str(folder))[2])


def test_many_remarks_are_told_in_few_lines(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    folder = tmp_path / "kept"
    run(capsys, "check", "ws2012", "--cache", str(folder))
    for name in entries(folder):
        (folder / name).write_bytes(b"")
    err = run(capsys, "check", "ws2012", "--cache", str(folder))[2]
    assert err.count("is made again") == 3
    assert f"and {len(entries(folder)) - 3} more of that kind" in err


def _command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "hvcheck.cli.main", *arguments]


def test_a_full_disk_is_told_once_and_the_run_goes_on(tmp_path: Path) -> None:
    """No file of this process may be longer than 10 kB: the system refuses the rest, as on a full disk."""

    def small_files() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, 10_000))

    folder = tmp_path / "kept"
    command = _command(*VERIFY, "--jobs", "1", "--cache", str(folder))
    done = subprocess.run(command, capture_output=True, text=True, preexec_fn=small_files, check=False)
    plain = subprocess.run(_command(*VERIFY, "--jobs", "1"), capture_output=True, text=True, check=False)
    assert (done.returncode, timeless(done.stdout)) == (plain.returncode, timeless(plain.stdout))
    assert done.stderr.count("nothing more is kept: File too large") == 1
    assert entries(folder) == []


@pytest.mark.parametrize("asked", [(*VERIFY, "--json"), ("check", str(SPEC), "--json")])
def test_two_runs_at_once(tmp_path: Path, asked: Sequence[str]) -> None:
    folder = tmp_path / "kept"
    command = _command(*asked, "--cache", str(folder))
    runs = [subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in range(2)]
    told = [(one.communicate(), one.returncode) for one in runs]
    (first, _), (second, _) = (one for one, _ in told)
    assert told[0][1] == told[1][1]
    assert timeless(first) == timeless(second)
    assert json.loads(first)
    assert all(name.startswith("hvcheck-") and not name.endswith(".part") for name in entries(folder))
    third = subprocess.run(command, capture_output=True, text=True, check=False)
    assert timeless(third.stdout) == timeless(first)
    assert NOTHING_COMPILED.search(third.stderr)
    assert "again" not in third.stderr
