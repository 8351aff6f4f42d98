"""`hvcheck check --fix`: shown as a difference, written only when asked, and only to the file that was named."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from hvcheck.cli.main import run

BROKEN = "era mine\nvar x: bool;\nactor A\nprotocol P by A { x = true }\nproperty Q always not xx\n"
MENDED = "era mine\nvar x: bool\nactor A\nprotocol P by A { x := true }\nproperty Q always not x\n"


@pytest.fixture
def spec(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "mine.hvs"
    path.write_text(BROKEN)
    return path


def test_it_shows_a_difference_and_writes_nothing(spec: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["check", "--fix", "mine.hvs"]) == 0
    shown = capsys.readouterr()
    assert "-var x: bool;\n+var x: bool\n" in shown.out
    assert "--write carries them out" in shown.err
    assert spec.read_text() == BROKEN


def test_it_writes_when_asked(spec: Path, capsys: pytest.CaptureFixture[str]) -> None:
    spec.chmod(0o640)
    assert run(["check", "--fix", "--write", "mine.hvs"]) == 0
    assert spec.read_text() == MENDED
    assert spec.stat().st_mode & 0o777 == 0o640
    assert [path.name for path in spec.parent.iterdir()] == ["mine.hvs"]
    assert "3 fixes written" in capsys.readouterr().err
    assert run(["check", "--fix", "--write", "mine.hvs"]) == 0
    assert "nothing to mend" in capsys.readouterr().err


def test_what_is_left_is_said(spec: Path, capsys: pytest.CaptureFixture[str]) -> None:
    spec.write_text("era mine\nactor A\nprotocol P by A { setp S  nothing_like_it := true }\n")
    assert run(["check", "--fix", "--write", "mine.hvs"]) == 3
    assert "nothing is called `nothing_like_it`" in capsys.readouterr().out
    assert "step S" in spec.read_text()


def test_as_json(spec: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["check", "--json", "mine.hvs"]) == 3
    (first, *_) = json.loads(capsys.readouterr().out)["mine.hvs"]
    assert first["fix"]["edits"] == [{"span": first["span"], "replacement": ""}]
    assert run(["check", "--fix", "--json", "mine.hvs"]) == 0
    found = json.loads(capsys.readouterr().out)["mine.hvs"]
    assert (found["changed"], found["written"], len(found["mended"]), found["left"]) == (True, False, 3, [])
    assert spec.read_text() == BROKEN


def test_a_byte_order_mark_stays(spec: Path) -> None:
    spec.write_bytes(b"\xef\xbb\xbf" + BROKEN.encode())
    assert run(["check", "--fix", "--write", "mine.hvs"]) == 0
    assert spec.read_bytes() == b"\xef\xbb\xbf" + MENDED.encode()


@pytest.mark.parametrize("arguments", [["--fix"], ["--write", "mine.hvs"], ["--fix", "ws2012"]])
def test_wrong_usage(spec: Path, arguments: list[str]) -> None:
    assert run(["check", *arguments]) == 2
    assert spec.read_text() == BROKEN


def test_warnings_are_shown_and_fail_nothing(spec: Path, capsys: pytest.CaptureFixture[str]) -> None:
    spec.write_text(MENDED.replace("actor A\n", "actor A\nvar idle: bool\n"))
    assert run(["check", "mine.hvs"]) == 0
    shown = capsys.readouterr().out
    assert "warning[HV601]: the variable `idle` is never used" in shown
    assert "no errors" in shown
