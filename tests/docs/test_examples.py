"""Every example of the language reference is a spec: it verifies as it says, or is broken as it says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from hvcheck.plan.choice import Choice
from hvcheck.plan.job import Job, JobResult
from hvcheck.plan.rival import Rivals
from hvcheck.plan.verify import verify_spec
from hvcheck.plan.work import work
from hvspec.compile import compile_system
from hvspec.diagnostic import Diagnostic
from hvspec.load import load

from .fences import ROOT, Fence, fences

EXAMPLES = [fence for fence in fences("docs/language.md") if fence.language == "hvs"]
SOUND = [fence for fence in EXAMPLES if not fence.words]
BROKEN = [fence for fence in EXAMPLES if fence.words[:1] == ("broken",)]
MODULES = [fence for fence in EXAMPLES if fence.words[:1] == ("module",)]


def written(fence: Fence, folder: Path) -> str:
    """The example as a file, the page's modules beside it."""
    for module in MODULES:
        (folder / f"{module.words[1]}.hvs").write_text(module.text, encoding="utf-8")
    path = folder / "example.hvs"
    path.write_text(fence.text, encoding="utf-8")
    return str(path)


def outcomes(path: str) -> dict[str, str]:
    """What `hvcheck verify` finds, by scenario, scope and property, for all that is not as expected."""
    spec, diagnostics = load(path)
    assert spec is not None, diagnostics

    def run(jobs: list[Job]) -> list[JobResult]:
        return [last(job) for job in jobs]

    def last(job: Job) -> JobResult:
        *_, result = work(job)
        assert isinstance(result, JobResult)
        return result

    report = verify_spec(spec, path, Choice(), run, Rivals(run, lambda _: iter(())))  # type: ignore[arg-type]
    assert not report.diagnostics
    assert not report.failures
    assert any(cell.outcome == "expected" for cell in report.cells)
    return {
        f"{cell.scenario} {cell.scope} {cell.claim.name}": f"{cell.outcome}: {cell.note}"
        for cell in report.cells
        if cell.outcome not in ("expected", "not judged")
    }


@pytest.mark.parametrize("fence", SOUND, ids=str)
def test_an_example_verifies_as_it_says(fence: Fence, tmp_path: Path) -> None:
    assert outcomes(written(fence, tmp_path)) == {}


@pytest.mark.parametrize("fence", BROKEN, ids=str)
def test_a_broken_example_gives_its_diagnostic(fence: Fence, tmp_path: Path) -> None:
    assert fence.words[1] in {found.code for found in every_diagnostic(written(fence, tmp_path))}


def every_diagnostic(path: str) -> tuple[Diagnostic, ...]:
    """Those of loading, else those of compiling."""
    spec, found = load(path)
    return found if spec is None else compile_system(spec)[2]


def test_every_word_of_the_grammar_is_in_the_reference() -> None:
    grammar = (ROOT / "spec/hvspec/grammar.lark").read_text(encoding="utf-8")
    words = set(re.findall(r'"([a-z]{2,})"', re.sub(r"//.*", "", grammar)))
    page = (ROOT / "docs/language.md").read_text(encoding="utf-8")
    assert not {word for word in words if not re.search(rf"\b{word}\b", page)}
    assert len(words) > 60
