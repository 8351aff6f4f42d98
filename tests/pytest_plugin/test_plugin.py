"""`.hvs` files as tests: which are collected, what they are called, what a failure says, and that nothing is green
for nothing."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from importlib.metadata import entry_points
from pathlib import Path

import pytest

import hvcheck.explicit.engine
import hvcheck.pytest_plugin.nodes  # noqa: F401 - each inner run forgets what was not imported before it
from hvspec.load import load

pytest_plugins = ["pytester"]

INSTALLED = any(entry.name == "hvcheck" for entry in entry_points(group="pytest11"))
QUIET = ("-p", "no:hypothesispytest")  # which would import Hypothesis anew in every inner run
PLUGIN = () if INSTALLED else ("-p", "hvcheck.pytest_plugin.hooks")

MIXED = """
era mixed "The copy is made before the freeze"
actor Requester
param first: bool = false
var frozen: bool
var copied: bool
protocol Backup by Requester {
  if first { step Freeze { frozen := true } }
  step Copy { copied := true }
  if not first { step FreezeLate { frozen := true } }
}
property CopiedFrozen as P1 "what is copied is frozen" always copied implies frozen
scenario late  { }
scenario known { expect CopiedFrozen violated because "the copy comes first" }
scenario good  { first = true }
scenario wrong { first = true  expect CopiedFrozen violated }
"""

SIZED = """
era sized
sort VM
var done: map[VM] bool
actor Requester
protocol Backup by Requester { each vm in VM { step Copy(vm) { done[vm] := true } } }
property Few always all vm: VM . done[vm] implies not succeeded(Backup) or ended(Backup)
cover All eventually all vm: VM . done[vm]
scope one { VM = 1 }
scope two { VM = 2 }
scenario both in one, two { }
"""

BROKEN = "era broken\nactor A\nprotocol P by A { -> A: Nope }\n"


load("ws2012")


def write(pytester: pytest.Pytester, **specs: str) -> None:
    for name, text in specs.items():
        (pytester.path / f"{name}.hvs").write_text(text, encoding="utf-8")


def run(pytester: pytest.Pytester, *arguments: str) -> pytest.RunResult:
    return pytester.runpytest_inprocess(*PLUGIN, "-p", "no:cacheprovider", "-p", "no:xdist", *QUIET, *arguments)


def ids(pytester: pytest.Pytester, *arguments: str) -> list[str]:
    shown = run(pytester, "--collect-only", "-q", *arguments).outlines
    return [line for line in shown if "::" in line]


def test_every_property_of_every_scenario_is_a_test(pytester: pytest.Pytester) -> None:
    write(pytester, sized=SIZED, mixed=MIXED)
    found = ids(pytester, ".")
    assert [one for one in found if one.startswith("mixed.hvs::late")] == [
        "mixed.hvs::late::CopiedFrozen",
        "mixed.hvs::late::Preconditions",
        "mixed.hvs::late::NoDeadlock",
    ]
    assert "sized.hvs::both::Few[one]" in found
    assert "sized.hvs::both::Few[two]" in found
    assert found == ids(pytester, ".")


def test_what_is_expected_passes_and_what_is_not_fails_with_its_chart(pytester: pytest.Pytester) -> None:
    write(pytester, mixed=MIXED)
    result = run(pytester, "mixed.hvs")
    result.assert_outcomes(passed=6, failed=2, skipped=4)
    result.stdout.fnmatch_lines(
        [
            "CopiedFrozen is violated in mixed, scenario late (expected holds)",
            '  "what is copied is frozen"',
            "*Requester",
            "*Copy*copied := true",
            "Why: after step 1 this does not hold",
            "FAILED mixed.hvs::late::CopiedFrozen*",
            "FAILED mixed.hvs::wrong::CopiedFrozen*",
        ]
    )
    assert "Traceback" not in result.stdout.str()


def test_one_test_can_be_asked_for(pytester: pytest.Pytester) -> None:
    write(pytester, mixed=MIXED)
    run(pytester, "mixed.hvs::known::CopiedFrozen").assert_outcomes(passed=1)
    run(pytester, "mixed.hvs", "-k", "P1 and known").assert_outcomes(passed=1, deselected=11)
    run(pytester, "mixed.hvs", "-k", "good and NoDeadlock").assert_outcomes(passed=1, deselected=11)
    run(pytester, "mixed.hvs", "-m", "not hvs").assert_outcomes(deselected=12)


def test_a_group_is_verified_once_and_only_for_what_was_selected(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    from hvcheck.pytest_plugin import verification

    asked: list[tuple[str, str, tuple[str, ...]]] = []
    verify = verification.verify_spec

    def counted(spec, name, choice, *rest):  # type: ignore[no-untyped-def]
        asked.append((choice.scenarios[0], choice.scopes[0], choice.properties))
        return verify(spec, name, choice, *rest)

    monkeypatch.setattr(verification, "verify_spec", counted)
    write(pytester, sized=SIZED)
    run(pytester, "sized.hvs", "-k", "not Preconditions").assert_outcomes(passed=6, deselected=2)
    assert asked == [
        ("both", "one", ("Few", "All", "NoDeadlock")),
        ("both", "two", ("Few", "All", "NoDeadlock")),
    ]


def test_undetermined_is_a_failure_with_its_reason(pytester: pytest.Pytester) -> None:
    write(pytester, sized=SIZED)
    pytester.makeini("[pytest]\nhvs_budget_states = 2\n")
    result = run(pytester, "sized.hvs", "-k", "Few and two")
    result.assert_outcomes(failed=1, deselected=7)
    result.stdout.fnmatch_lines(["Few in sized both (two): UNDETERMINED, expected holds: *budget of 2 states*"])


def test_a_spec_with_errors_cannot_be_collected(pytester: pytest.Pytester) -> None:
    write(pytester, broken=BROKEN)
    result = run(pytester, "broken.hvs")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["error[[]HV317[]]: A has no handler for `Nope`", " --> broken.hvs:3:25"])
    assert "Traceback" not in result.stdout.str()


def test_a_spec_that_cannot_be_compiled_fails(pytester: pytest.Pytester) -> None:
    write(pytester, unsized=SIZED.partition("scope one")[0])
    result = run(pytester, "unsized.hvs")
    assert result.ret == pytest.ExitCode.TESTS_FAILED or result.parseoutcomes().get("errors")
    result.stdout.fnmatch_lines(["*no scope says how many VM there are*"])
    assert "passed" not in result.parseoutcomes()


@pytest.mark.parametrize(
    ("rule", "arguments", "files"),
    [
        ("", (), 0),
        ("", (".",), 3),
        ("", ("specs",), 2),
        ("", ("specs/sized.hvs",), 1),
        ("", ("--hvs",), 3),
        ("hvs_collect = true", (), 3),
        ("hvs_collect = false", ("specs",), 0),
        ("hvs_collect = false", ("specs/sized.hvs",), 1),
        ("hvs_collect = true\nhvs_ignore = specs/br*.hvs", (), 2),
        ("hvs_ignore = specs/*.hvs", ("specs/sized.hvs",), 1),
    ],
)
def test_which_files_are_collected(
    pytester: pytest.Pytester, rule: str, arguments: tuple[str, ...], files: int
) -> None:
    write(pytester, mixed=MIXED)
    specs = pytester.mkdir("specs")
    (specs / "sized.hvs").write_text(SIZED, encoding="utf-8")
    (specs / "broken.hvs").write_text(BROKEN, encoding="utf-8")
    pytester.makeini(f"[pytest]\n{rule}\n")
    result = run(pytester, "--collect-only", "-q", *arguments)
    found = {line.partition("::")[0] for line in result.outlines if "::" in line}
    broken = result.parseoutcomes().get("errors", 0)
    assert len(found) + broken == files


def test_what_was_passed_over_is_said_where_nothing_ran(pytester: pytest.Pytester) -> None:
    write(pytester, mixed=MIXED)
    result = run(pytester)
    assert result.ret == pytest.ExitCode.NO_TESTS_COLLECTED
    result.stdout.fnmatch_lines(["hvcheck: 1 .hvs file not collected; --hvs or `hvs_collect = true` collects them"])


@pytest.mark.parametrize("setting", ["hvs_collect = always", "hvs_budget_seconds = soon", "hvs_budget_states = -1"])
def test_a_setting_that_makes_no_sense_is_refused(pytester: pytest.Pytester, setting: str) -> None:
    pytester.makeini(f"[pytest]\n{setting}\n")
    result = run(pytester)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert "expected" in result.stderr.str()


def test_junit_has_every_test_and_its_chart(pytester: pytest.Pytester) -> None:
    write(pytester, mixed=MIXED)
    run(pytester, "mixed.hvs", "--junitxml", "out.xml")
    text = (pytester.path / "out.xml").read_text(encoding="utf-8")
    assert 'classname="mixed.hvs.late" name="CopiedFrozen"' in text
    assert "after step 1 this does not hold" in text
    assert len(re.findall("<testcase ", text)) == 12


@pytest.mark.slow
@pytest.mark.parametrize(("arguments", "passed"), [((".", "--dist", "loadscope"), 6), ((), 0)])
def test_workers_see_the_same_tests(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], passed: int
) -> None:
    pytest.importorskip("xdist", reason="pytest-xdist, which starts the workers, is not installed")
    write(pytester, mixed=MIXED)
    pytester.makeini("[pytest]\ntestpaths = .\n")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(str(Path(path).resolve()) for path in sys.path if path))
    result = pytester.runpytest_subprocess(*PLUGIN, "-p", "no:cacheprovider", "-n", "2", *arguments)
    assert result.parseoutcomes().get("passed", 0) == passed


def test_the_plugin_imports_nothing_until_a_spec_is_collected(tmp_path: Path) -> None:
    heavy = ("hypothesis", "z3", "lark", "rich", "numpy", "hvmodel", "hvspec", "click")
    code = (
        "import sys, pytest\n"
        f"pytest.main([*{PLUGIN!r}, '-p', 'no:hypothesispytest', '-p', 'no:cacheprovider', '-q', '--collect-only'])\n"
        "assert any(name == 'hvcheck.pytest_plugin.hooks' for name in sys.modules)\n"
        f"print([name for name in {heavy!r} if name in sys.modules])\n"
    )
    paths = os.pathsep.join(str(Path(path).resolve()) for path in sys.path if path)
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env={"PYTHONPATH": paths},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.splitlines()[-1] == "[]"


def test_the_commands_of_the_page_select_tests(pytester: pytest.Pytester) -> None:
    page = (Path(__file__).parents[2] / "docs/pytest.md").read_text(encoding="utf-8")
    found = re.search(r"```hvs copy_first\.hvs\n(.*?)```", page, re.DOTALL)
    assert found is not None
    write(pytester, copy_first=found[1])
    commands = re.findall(r"^    \$ pytest (.*)$", page, re.MULTILINE)
    assert len(commands) == 3
    outcomes = [run(pytester, *shlex.split(command)).parseoutcomes() for command in commands]
    assert [(one.get("passed"), one.get("failed")) for one in outcomes] == [(3, 1), (None, 1), (1, None)]


def test_the_page_names_every_setting(pytester: pytest.Pytester) -> None:
    page = (Path(__file__).parents[2] / "docs/pytest.md").read_text(encoding="utf-8")
    offered = set(re.findall(r"\bhvs_\w+", run(pytester, "--help").stdout.str()))
    assert offered == {"hvs_collect", "hvs_ignore", "hvs_budget_seconds", "hvs_budget_states"}
    assert all(f"`{name} = " in page for name in offered)
