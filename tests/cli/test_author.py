"""The author's commands, on real specs: new, fmt, explain, diff."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from hvcheck.cli import main

PLAIN = """era {name} "A copy"
actor A
var done: bool
var early: bool
param eager: bool = {eager}
protocol P by A {{ if eager {{ step Hurry {{ early := true }} }}  step {step} {{ done := true }} }}
property Ordered as P1 always not early witness done
property Never never Hurry
cover Ends eventually done
"""


@pytest.fixture(autouse=True)
def folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(name: str, *, eager: str, step: str) -> str:
    Path(f"{name}.hvs").write_text(PLAIN.format(name=name, eager=eager, step=step), encoding="utf-8")
    return f"{name}.hvs"


@pytest.mark.parametrize("kind", ["minimal", "vss"])
def test_a_new_spec_checks_verifies_and_shows_a_violation(kind: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main.run(["new", "mine", "--from", kind]) == 0
    told = [line.split("  ")[1] for line in capsys.readouterr().out.splitlines() if line.startswith("  hvcheck")]
    assert len(told) == 4
    for command in told:
        assert main.run(command.split()[1:] + (["--jobs", "1"] if " verify " in command else [])) == 0
    assert main.run(["fmt", "--check", "mine.hvs"]) == 0
    capsys.readouterr()
    assert main.run(["verify", "mine.hvs", "--jobs", "1", "--json"]) == 0
    assert '"VIOLATED"' in capsys.readouterr().out
    assert Path("mine.hvs").read_text(encoding="utf-8").startswith("era mine ")


@pytest.mark.parametrize("name", ["ws2012", "vss", "a-b", "../x", "1st", ""])
def test_names_that_no_spec_can_have(name: str, folder: Path) -> None:
    assert main.run(["new", name]) == 2
    assert list(folder.iterdir()) == []


def test_new_never_overwrites(capsys: pytest.CaptureFixture[str]) -> None:
    Path("mine.hvs").write_text("mine", encoding="utf-8")
    assert main.run(["new", "mine.hvs"]) == 2
    assert Path("mine.hvs").read_text(encoding="utf-8") == "mine"
    assert "there already" in capsys.readouterr().err


def test_fmt_writes_only_what_changes(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("a.hvs").write_text("era a\nactor A{\n}\n", encoding="utf-8")
    Path("b.hvs").write_text("era b\n", encoding="utf-8")
    Path("a.hvs").chmod(0o640)
    assert main.run(["fmt", "--check", "a.hvs", "b.hvs"]) == 1
    assert capsys.readouterr().out == "a.hvs: would change\n"
    assert Path("a.hvs").read_text(encoding="utf-8") == "era a\nactor A{\n}\n"
    assert main.run(["fmt", "a.hvs", "b.hvs"]) == 0
    assert Path("a.hvs").read_text(encoding="utf-8") == "era a\nactor A {\n}\n"
    assert Path("a.hvs").stat().st_mode & 0o777 == 0o640
    assert sorted(path.name for path in folder.iterdir()) == ["a.hvs", "b.hvs"]
    assert main.run(["fmt", "--check", "a.hvs", "b.hvs"]) == 0


def test_fmt_leaves_what_it_cannot_read(capsys: pytest.CaptureFixture[str]) -> None:
    Path("a.hvs").write_text("era a\nactor A  {{\n", encoding="utf-8")
    Path("b.hvs").write_bytes(b"\xff")
    assert main.run(["fmt", "a.hvs"]) == 3
    assert Path("a.hvs").read_text(encoding="utf-8") == "era a\nactor A  {{\n"
    assert main.run(["fmt", "b.hvs"]) == 2
    assert main.run(["fmt", "c.hvs"]) == 2
    error = capsys.readouterr().err
    assert "error[HV0" in error
    assert "not text in UTF-8" in error
    assert "c.hvs: there is no such file" in error
    assert main.run(["fmt", "--check", "--json", "a.hvs"]) == 3
    assert json.loads(capsys.readouterr().out)[0]["state"] == "refused"


def test_fmt_of_standard_input(monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"era a  \n\n")))
    assert main.run(["fmt", "-"]) == 0
    assert capfdbinary.readouterr().out == b"era a\n"
    assert main.run(["fmt", "-", "a.hvs"]) == 2


def test_explain(capsys: pytest.CaptureFixture[str]) -> None:
    assert main.run(["explain", "hv212"]) == 0
    out = capsys.readouterr().out
    assert out.startswith("HV212: ")
    assert "  + protocol P by A { if chosen != none { vm := chosen } }\n" in out
    assert main.run(["explain"]) == 0
    assert "HV101  A name is declared twice.\n" in capsys.readouterr().out
    assert main.run(["explain", "HV007", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)[0]["how"]
    assert main.run(["explain", "HV2"]) == 2
    assert "no diagnostic has the code HV2;" in capsys.readouterr().err


def test_diff_shows_what_differs_and_the_run(capsys: pytest.CaptureFixture[str]) -> None:
    one, other = write("one", eager="false", step="S"), write("other", eager="true", step="T")
    assert main.run(["diff", one, other, "--width", "100"]) == 0
    out = capsys.readouterr().out
    assert "Ordered (P1)" in out
    assert "violated 1 (expected holds)" in out
    assert "steps of one that other lacks: 1\n  S\n" in out
    assert "steps of other that one lacks: 1\n  T\n" in out
    assert "other allows this run, one refuses it:\nOrdered is violated in other" in out
    assert "Hurry" in out.partition("allows this run")[2]


def test_diff_is_the_same_from_the_other_side(capsys: pytest.CaptureFixture[str]) -> None:
    one, other = write("one", eager="false", step="S"), write("other", eager="true", step="T")
    found = []
    for names in ((one, other), (other, one)):
        assert main.run(["diff", *names, "--json"]) == 0
        found.append(json.loads(capsys.readouterr().out))
    left, right = found
    assert (left["gone"], left["new"]) == (right["new"], right["gone"]) == (["S"], ["T"])
    for document in found:
        assert (document["counterexample"]["allows"], document["counterexample"]["refuses"]) == ("other", "one")
        unlike = [row["name"] for row in document["properties"] if row["differs"]]
        assert unlike == ["Ordered", "Never"]


def test_nothing_differs_from_itself(capsys: pytest.CaptureFixture[str]) -> None:
    one = write("one", eager="true", step="S")
    assert main.run(["diff", one, one]) == 0
    out = capsys.readouterr().out
    assert "No property differs (4 compared)." in out
    assert "there is no run to show" in out


def test_diff_meets_its_budget_and_says_so() -> None:
    one, other = write("one", eager="false", step="S"), write("other", eager="true", step="T")
    assert main.run(["diff", one, other, "--budget-states", "1"]) == 4


def test_diff_of_what_is_not_there_or_broken() -> None:
    one = write("one", eager="false", step="S")
    Path("bad.hvs").write_text("era bad\nactor A\nactor A\n", encoding="utf-8")
    assert main.run(["diff", one, "nowhere.hvs"]) == 2
    assert main.run(["diff", one, "bad.hvs"]) == 3
