"""The commands: output, exit codes, and errors that say what to do. The specs are fakes, the engine is real."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
from collections.abc import Sequence, Set
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import pytest

from hvcheck.chart.rows import Chart, Lifeline, Row
from hvcheck.cli import main, verify
from hvcheck.plan import work as working

from . import fakes

pytestmark = pytest.mark.usefixtures("fake_specs")


def hvcheck(*arguments: str) -> int:
    return main.run(["verify", *arguments, "--jobs", "1"] if arguments[0] == "sample" else arguments)


def expect(monkeypatch: pytest.MonkeyPatch, scenarios: Sequence[object]) -> None:
    monkeypatch.setattr(fakes, "SPEC", replace(fakes.SPEC, scenarios=tuple(scenarios)))  # type: ignore[arg-type]


DRIFT, QUIET, NO_COMMIT = fakes.SPEC.scenarios


def test_all_as_expected_is_0(capsys: pytest.CaptureFixture[str]) -> None:
    assert hvcheck("sample", "--scenario", "drift", "--scenario", "quiet") == 0
    out, err = capsys.readouterr()
    assert "violated 9" in out
    assert "Why: after step 9 this does not hold" in out
    assert "taken.now[vm0, disk0] = data1" in out
    assert "because nobody stops the guest after its thaw" in out
    assert err == ""


def test_a_difference_is_1(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    expect(monkeypatch, [replace(DRIFT, expectations=fakes.ALWAYS_SO)])
    assert hvcheck("sample") == 1
    assert "✗ AppConsistent in drift (small)\n    VIOLATED, expected holds" in capsys.readouterr().out


def test_violated_by_another_step_than_expected_is_1(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    other = replace(fakes.DRIFTS, by="IcFails")
    expect(monkeypatch, [replace(DRIFT, expectations=(*fakes.ALWAYS_SO, other))])
    assert hvcheck("sample") == 1
    assert "not by IcFails" in capsys.readouterr().out


@pytest.mark.parametrize("step", ["AppWrite", "StorageProvider.CommitSnapshots", "CommitSnapshots", "HostCommit"])
def test_the_step_may_be_named_as_action_or_message(monkeypatch: pytest.MonkeyPatch, step: str) -> None:
    expect(monkeypatch, [replace(DRIFT, expectations=(*fakes.ALWAYS_SO, replace(fakes.DRIFTS, by=step)))])
    assert hvcheck("sample") == 0


def test_no_witness_is_4(capsys: pytest.CaptureFixture[str]) -> None:
    assert hvcheck("sample", "--scenario", "no_commit") == 4
    assert "? AppConsistent in no_commit (small)" in capsys.readouterr().out


def test_a_budget_that_is_met_is_4_never_0(capsys: pytest.CaptureFixture[str]) -> None:
    assert hvcheck("sample", "--scenario", "quiet", "--budget-states", "3") == 4
    assert "unclear" in capsys.readouterr().out


def test_an_engine_that_fails_is_3_and_no_traceback(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    class Broken:
        name = "explicit"

        def supports(self, _claim: object) -> bool:
            return True

        def run(self, *_: object) -> object:
            raise ZeroDivisionError("oops")

    monkeypatch.setattr(working, "make_engine", lambda *_: Broken())
    assert hvcheck("sample") == 3
    out, err = capsys.readouterr()
    assert "the explicit engine failed: ZeroDivisionError: oops" in out
    assert "Traceback" not in out + err


def test_an_engine_that_forgets_a_property_is_3(monkeypatch: pytest.MonkeyPatch) -> None:
    class Silent:
        name = "explicit"

        def supports(self, _claim: object) -> bool:
            return True

        def run(self, *_: object) -> object:
            return iter(())

    monkeypatch.setattr(working, "make_engine", lambda *_: Silent())
    assert hvcheck("sample") == 3


def test_the_worst_decides_error_then_difference_then_undetermined(monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = replace(DRIFT, expectations=fakes.ALWAYS_SO)
    expect(monkeypatch, [QUIET, NO_COMMIT, wrong])
    assert hvcheck("sample") == 1
    assert hvcheck("sample", "broken.hvs") == 3


def test_a_spec_with_errors_is_3_and_shows_them(capsys: pytest.CaptureFixture[str]) -> None:
    for command in ("verify", "check", "show", "test", "eras"):
        assert main.run([command, "broken.hvs"]) == 3
        out, err = capsys.readouterr()
        assert "error[HV104]: no actor is called StorageProvder" in out + err
        assert "Traceback" not in out + err


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["verify", "sample", "--scenario", "nope"], "sample has no scenario nope; it has: drift, quiet, no_commit"),
        (["verify", "sample", "--property", "P9"], "it has: AppConsistent, Completes"),
        (["verify", "sample", "--scope", "huge"], "it has: small, large"),
        (["verify", "sample", "--set", "spin=1"], "sample has no parameter or sort spin; it has: writes, commit"),
        (["verify", "sample", "--set", "writes"], "as in rollback=false"),
        (["verify", "sample", "--budget-memory", "lots"], "as in 4GB"),
        (["verify", "--era", "ws1999"], "no shipped era is called ws1999; shipped eras are: sample"),
        (["verify", "sampel"], "no era or file is called sampel; did you mean sample?"),
        (["check", "gone.hvs"], "no era or file is called gone.hvs"),
        (["test", "gone.hvs"], "no era or file is called gone.hvs"),
        (["verfy"], "No such command 'verfy'"),
        (["show"], "Missing argument 'SPEC'"),
    ],
)
def test_wrong_usage_is_2_in_one_line(arguments: list[str], says: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main.run(arguments) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert says in err
    assert err.startswith("hvcheck: ")
    assert err.count("\n") == 1


def test_an_interruption_is_130(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(verify, "results_in_order", interrupted)
    assert hvcheck("sample") == 130
    assert capsys.readouterr().err.strip() == "hvcheck: interrupted"


def test_a_defect_of_the_tool_is_one_line(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def broken(*_: object) -> None:
        raise LookupError("no such thing")

    monkeypatch.setattr(verify, "verify_spec", broken)
    assert hvcheck("sample") == 3
    assert "defect of hvcheck (LookupError: no such thing)" in capsys.readouterr().err


def test_never_holds_only_beside_a_scenario_that_violates_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = ("--scenario", "no_commit", "--property", "OneSnapshot")
    assert hvcheck("sample", *asked) == 0
    assert "violated in scenario drift" in capsys.readouterr().out
    expect(monkeypatch, [NO_COMMIT])
    working.load_spec.cache_clear()
    assert hvcheck("sample", *asked) == 4
    assert "scenario NAME { ... expect OneSnapshot violated }" in capsys.readouterr().out


def test_a_rival_that_only_claims_to_violate_is_no_rival(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    liar = replace(
        NO_COMMIT, name="liar", expectations=(*NO_COMMIT.expectations, *fakes.expecting(OneSnapshot="violated"))
    )
    expect(monkeypatch, [NO_COMMIT, liar])
    assert hvcheck("sample", "--scenario", "no_commit", "--property", "OneSnapshot") == 4
    assert "scenario liar: expected to violate it, did not" in capsys.readouterr().out


def test_settings_that_mend_a_scenario_leave_it_a_rival(capsys: pytest.CaptureFixture[str]) -> None:
    assert hvcheck("sample", "--scenario", "drift", "--property", "OneSnapshot", "--set", "commit=false") == 1
    assert "HOLDS" in capsys.readouterr().out


def test_a_rival_may_stand_in_another_shipped_era(capsys: pytest.CaptureFixture[str]) -> None:
    assert main.run(["verify", "other", "--property", "OneSnapshot", "--jobs", "1"]) == 0
    assert "violated in sample, scenario drift" in capsys.readouterr().out


def test_settings_come_on_top_of_the_scenario(capsys: pytest.CaptureFixture[str]) -> None:
    assert hvcheck("sample", "--scenario", "drift", "--property", "P1", "--set", "writes=0") == 1
    assert "✗ AppConsistent in drift (small)\n    HOLDS, expected violated" in capsys.readouterr().out


def test_scopes_are_columns(capsys: pytest.CaptureFixture[str]) -> None:
    assert hvcheck("sample", "--scenario", "quiet", "--scope", "small", "--scope", "large") == 0
    assert "(large)" in capsys.readouterr().out


def test_json_is_all_there_is_on_standard_output(capsys: pytest.CaptureFixture[str]) -> None:
    assert hvcheck("sample", "--scenario", "drift", "--json") == 0
    document = json.loads(capsys.readouterr().out)
    assert document["exit"] == 0
    assert document["specs"][0]["cells"][0]["property"] == "AppConsistent"


def test_out_saves_every_run_there_and_nowhere_else(tmp_path: Path) -> None:
    before = set(tmp_path.rglob("*"))
    assert hvcheck("sample", "--scenario", "drift", "--property", "P1", "--out", "saved") == 0
    new = set(tmp_path.rglob("*")) - before
    assert sorted(str(path.relative_to(tmp_path)) for path in new if path.is_file()) == [
        "saved/sample.drift.small.AppConsistent.itf.json",
        "saved/sample.drift.small.AppConsistent.mmd",
        "saved/sample.drift.small.AppConsistent.txt",
        "saved/sample.json",
    ]
    assert "sequenceDiagram" in (tmp_path / "saved/sample.drift.small.AppConsistent.mmd").read_text()


def test_out_that_is_a_file_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "taken").write_text("")
    assert hvcheck("sample", "--out", str(tmp_path / "taken" / "below")) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_check_and_eras_say_what_there_is(capsys: pytest.CaptureFixture[str]) -> None:
    assert main.run(["check", "sample"]) == 0
    assert "sample: no errors; 3 scenarios" in capsys.readouterr().out
    assert main.run(["eras"]) == 0
    assert "sample  A sample of 2012" in capsys.readouterr().out
    assert main.run(["eras", "sample"]) == 0
    details = capsys.readouterr().out
    for word in ("writes", "commit", "large", "no_commit", "the host never commits", "commit=false", "P1 "):
        assert word in details
    assert main.run(["eras", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)[0]["scenarios"][1]["settings"] == {"writes": 0}


def test_show_draws_the_static_figure_in_every_form(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    figures = ModuleType("hvspec.figure")
    rows = (Row("message", "DoSnapshotSet", "Requester", "HostVss"), Row("step", "Copy", "Requester"))
    chart = Chart("Figure 1", (Lifeline("Requester", "host"), Lifeline("HostVss", "host")), rows)
    figures.figure = lambda _spec, *, full: chart if not full else None  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "hvspec.figure", figures)
    assert main.run(["show", "sample", "--out", "drawn"]) == 0
    assert "├─ DoSnapshotSet ─▶│" in capsys.readouterr().out
    assert main.run(["show", "sample", "--ascii", "--width", "40"]) == 0
    assert "Requester -> HostVss: DoSnapshotSet" in capsys.readouterr().out
    assert main.run(["show", "sample", "--mermaid"]) == 0
    assert capsys.readouterr().out == (tmp_path / "drawn" / "sample.mmd").read_text()
    assert main.run(["show", "sample", "--json"]) == 0
    assert [row["label"] for row in json.loads(capsys.readouterr().out)["rows"]] == ["DoSnapshotSet", "Copy"]


def test_show_puts_all_eras_side_by_side(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    command = [sys.executable, "-m", "hvcheck.cli.main", "show", "--all", "--width", "150", "--out", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    line = next(line for line in done.stdout.splitlines() if "OnFreeze" in line)
    assert line.count("GuestVss[vm] → App[vm]: OnFreeze") == 3
    assert sum("StorageProvider: CommitSnapshots" in line for line in done.stdout.splitlines()) == 1
    page = (tmp_path / "side-by-side.md").read_text()
    assert page.count("```mermaid\nsequenceDiagram") == 3
    assert "┌ backup_app ┐" in (tmp_path / "side-by-side.txt").read_text()
    assert main.run(["show"]) == 2
    assert "--all" in capsys.readouterr().err


def test_a_test_that_compares_nothing_is_4(capsys: pytest.CaptureFixture[str]) -> None:
    assert main.run(["test", "sample"]) == 4
    assert "UNTESTED  the system has no disks" in capsys.readouterr().out
    assert main.run(["test", "sample", "--json"]) == 4
    assert json.loads(capsys.readouterr().out)["outcome"] == "UNTESTED"


def test_every_command_has_help_that_fits_its_list(capsys: pytest.CaptureFixture[str]) -> None:
    assert main.run(["--help"]) == 0
    listed = capsys.readouterr().out
    assert "..." not in listed.partition("Commands:")[2]
    for command in main.COMMANDS:
        assert main.run([command, "--help"]) == 0
        assert "hvcheck" in capsys.readouterr().out


def test_version_imports_nothing_heavy() -> None:
    heavy = {"z3", "hypothesis", "rich", "pytest", "lark", "numpy", "multiprocessing"}
    assert imported(["--version"], heavy) == (0, [])


SMALL = Path(__file__).parents[1] / "language" / "tiny" / "option.hvs"


def test_a_small_verification_imports_only_what_it_needs() -> None:
    """A guard of the time to the first verdict, of which most is start-up."""
    heavy = {"z3", "hypothesis", "rich", "pytest", "numpy", "wasmtime", "multiprocessing", "importlib.resources"}
    idle = {"hvspec.lint", "hvspec.mend", "hvspec.session", "hvcheck.symbolic", "hvcheck.explicit.compiled"}
    idle |= {"hvcheck.explicit.fairness", "hvcheck.explicit.liveness", "hvcheck.stateful", "hvcheck.adapter"}
    idle |= {f"hvcheck.reduce.{name}" for name in ("parts", "lift", "orbit", "group", "compress", "dead")}
    assert imported(["verify", str(SMALL), "--jobs", "1"], heavy | idle | {"lark"}) == (0, ["lark"])


def imported(arguments: Sequence[str], names: Set[str]) -> tuple[int, list[str]]:
    """The exit code of a command that is run on its own, and which of these modules it has imported."""
    code = (
        "import sys\n"
        "from hvcheck.cli.main import run\n"
        f"code = run({list(arguments)!r})\n"
        f"print([code, *sorted(set(sys.modules) & {set(names)!r})])"
    )
    code, *found = ast.literal_eval(outside(code).splitlines()[-1])
    return code, found


def outside(code: str) -> str:
    """What Python prints that is run on its own, with nothing of ours imported before."""
    path = os.pathsep.join(str(Path(main.__file__).parents[3] / folder) for folder in ("model", "spec", "checker"))
    environment = {**os.environ, "PYTHONPATH": path}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment)
    return done.stdout
