"""`hvcheck test --adapter --save`: exit codes, JSON, and one line for what was asked for wrongly."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from hvcheck.cli import main

EXAMPLE = Path(__file__).parents[2] / "docs/examples/toy_backup"
SPEC = str(EXAMPLE / "two_disks.hvs")


def run(capsys: pytest.CaptureFixture[str], adapter: str, *more: str) -> tuple[int, str, str]:
    code = main.run(["test", SPEC, "--profile", "ci", "--examples", "3", "--adapter", adapter, *more])
    printed = capsys.readouterr()
    return code, printed.out, printed.err


def test_a_good_tool_passes(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, f"{EXAMPLE}/toy_adapter.py:ToyAdapter", "--json")
    found = json.loads(out)
    assert (code, found["outcome"], found["saved"]) == (0, "PASSED", None)
    assert found["edges"]["seen"] == found["edges"]["known"] == 12
    assert found["edges_not_seen"] == []


def test_what_was_tested_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = run(capsys, f"{EXAMPLE}/toy_adapter.py:ToyAdapter", "--set", "writes=1")
    assert (
        out.splitlines()[1]
        == "  two_disks default; scope small (2 DISK x 2 DATA); writes=1; at most writes 1; no deadlines"
    )


def test_what_a_tool_prints_is_not_in_the_json(capfd: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """What its child processes print is not, either, nor what its module prints when it is imported."""
    tool = tmp_path / "loud_tool.py"
    tool.write_text(LOUD, encoding="utf-8")
    code = main.run(["test", SPEC, "--profile", "ci", "--examples", "1", "--adapter", f"{tool}:Loud", "--json"])
    printed = capfd.readouterr()
    assert (code, json.loads(printed.out)["outcome"]) == (0, "PASSED")
    assert "printed by the tool" in printed.err
    assert "printed by its child" in printed.err
    assert "printed by the module" in printed.err


@pytest.mark.parametrize("where", ["start", "copy", "live"])
def test_a_tool_that_exits_ends_no_test_as_a_success(
    where: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    tool = tmp_path / f"leaving_{where}.py"
    tool.write_text(LEAVING.replace(f"pass  # {where}", "sys.exit(0)"), encoding="utf-8")
    code, out, _ = run(capsys, f"{tool}:Leaving")
    assert code == 1
    assert "SystemExit: 0" in out


def test_a_wrong_tool_fails_and_is_saved_only_where_asked(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    wrong = f"{EXAMPLE}/wrong_tools.py:ForgetsToThaw"
    code, out, _ = run(capsys, wrong)
    assert code == 1
    assert "saved" not in out
    code, out, _ = run(capsys, wrong, "--save", str(tmp_path / "new"))
    assert code == 1
    (saved,) = (tmp_path / "new").iterdir()
    assert f"saved: {saved}" in out
    assert "import ForgetsToThaw" in saved.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("adapter", "code", "said"),
    [
        ("ToyAdapter", 2, "'ToyAdapter' is not FILE.py:CLASS"),
        ("gone.py:Tool", 2, "there is no file gone.py"),
        (f"{EXAMPLE}/wrong_tools.py:DropsOnDisk", 2, "did you mean DropsOneDisk?"),
        ("{bad}:Tool", 2, "cannot be imported: ZeroDivisionError"),
        ("{gone}:Tool", 2, "cannot be imported: SystemExit: 0"),
        ("{blind}:Blind", 3, "error[AD04]: Blind shows nothing"),
        ("{still}:Still", 4, "never changed in the model"),
    ],
)
def test_what_cannot_be_tested_is_told(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, adapter: str, code: int, said: str
) -> None:
    files = {"bad": "1 / 0\n", "gone": "raise SystemExit(0)\n", "blind": BLIND, "still": STILL}
    for name, text in files.items():
        (tmp_path / f"{name}_tool.py").write_text(text, encoding="utf-8")
    named = adapter.format(**{name: tmp_path / f"{name}_tool.py" for name in files})
    got, out, err = run(capsys, named, "--set", "writes=0")
    assert got == code
    assert said in out + err
    assert "Traceback" not in out + err


BLIND = """
import hvcheck
class Blind(hvcheck.Adapter):
    @hvcheck.on("Copy")
    def copy(self): pass
"""

STILL = """
import hvcheck
class Still(hvcheck.Adapter):
    @hvcheck.on("Copy")
    def copy(self): pass
    @hvcheck.observe("live")
    def live(self, disk): return 0
"""

LOUD = """
import subprocess
from toy_adapter import ToyAdapter
print("printed by the module")
class Loud(ToyAdapter):
    def start(self):
        super().start()
        print("printed by the tool")
        subprocess.run(["echo", "printed by its child"], check=True)
"""

LEAVING = """
import sys
from toy_adapter import ToyAdapter
class Leaving(ToyAdapter):
    def start(self):
        super().start()
        pass  # start
    def copy(self, d):
        pass  # copy
    def live(self, disk):
        pass  # live
        return super().live(disk)
"""
