"""`hvcheck export`: where the text goes, and what is said when there is none."""

from __future__ import annotations

from pathlib import Path

import pytest

from hvcheck.cli.main import run

from .helpers import BACKUP


def test_to_standard_output_and_to_a_file_alike(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    chosen = ["export", "--promela", str(BACKUP), "--scenario", "shallow"]
    assert run(chosen) == 0
    out, err = capsys.readouterr()
    assert out.startswith("/*\n * backup, scenario shallow:")
    assert "NoDeadlock" in err
    assert run([*chosen, "-o", str(tmp_path / "backup.pml")]) == 0
    assert capsys.readouterr().out == ""
    assert (tmp_path / "backup.pml").read_text("utf-8") == out
    assert [path.name for path in tmp_path.iterdir()] == ["backup.pml"]


def test_settings_and_scopes_are_taken(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["export", "--tla", str(BACKUP), "--scope", "three", "--set", "most=2"]) == 0
    out = capsys.readouterr().out
    assert 'VM == {"vm0", "vm1", "vm2"}' in out
    assert "< 2" in out


def test_the_configuration_names_what_the_module_defines(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["export", "--cfg", "ws2012", "--scenario", "ideal"]) == 0
    config = capsys.readouterr().out
    assert run(["export", "--tla", "ws2012", "--scenario", "ideal"]) == 0
    module = capsys.readouterr().out
    named = [line.split()[-1] for line in config.splitlines() if "INVARIANT " in line or "PROPERTY " in line]
    assert len(named) > 20
    assert all(f"\n{name} == " in module for name in named)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["ws2012"], "--promela, --tla or --cfg"),
        (["--promela", "ws2013"], "did you mean"),
        (["--promela", "ws2012", "--scenario", "idle"], "no scenario idle"),
        (["--promela", "ws2012", "--scope", "huge"], "no scope huge"),
        (["--promela", "ws2012", "--set", "speed=1"], "no parameter or sort speed"),
        (["--tla", "ws2012", "-o", "."], "is a directory"),
    ],
)
def test_wrong_usage_is_2_and_says_what_is_there(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["export", *arguments]) == 2
    assert said in capsys.readouterr().err


def test_a_spec_with_errors_is_3(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "broken.hvs"
    path.write_text("era broken\nvar x bool\n", encoding="utf-8")
    assert run(["export", "--promela", str(path)]) == 3
    out, err = capsys.readouterr()
    assert out == ""
    assert "HV001" in err
