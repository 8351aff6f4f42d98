"""What every shipped spec keeps to: the layout, its length, and a step responsible for all that is violated."""

from __future__ import annotations

from importlib.resources import files

import pytest

from hvspec.format import format_text
from hvspec.labels import handled, labels
from hvspec.library import era_names
from hvspec.load import load

SHIPPED = [
    f"{folder}/{path.name}"
    for folder in ("eras", "std", "templates")
    for path in sorted(files("hvspec").joinpath(folder).iterdir(), key=lambda path: path.name)
]


@pytest.mark.parametrize("name", SHIPPED)
def test_it_is_laid_out_as_the_formatter_would(name: str) -> None:
    text = files("hvspec").joinpath(name).read_text("utf-8")
    assert format_text(text, name).text == text
    assert len(text.splitlines()) <= 300


@pytest.mark.parametrize("era", era_names())
def test_every_part_and_every_claim_cites_a_source(era: str) -> None:
    spec, found = load(era)
    assert spec is not None
    assert found == ()
    cited = {one.about for one in spec.annotations if one.kind == "cites"}
    assert {*handled(spec.program), *spec.program.environments, *spec.program.protocols} - cited == set()
    assert [one.name for one in spec.properties if one.claim != "invariant" and not one.cites] == []


def test_every_name_of_the_shipped_sources_is_some_eras() -> None:
    programs = [spec.program for spec, _ in map(load, era_names()) if spec is not None]
    known = {name for one in programs for name in (*labels(one), *one.environments, *one.protocols, *one.properties)}
    assert {name for one in programs for name in one.citations} - known == set()


@pytest.mark.parametrize("era", era_names())
def test_whatever_is_violated_names_the_step_responsible_and_why(era: str) -> None:
    spec, _ = load(era)
    assert spec is not None
    violated = [one for scenario in spec.scenarios for one in scenario.expectations if one.verdict == "violated"]
    assert violated
    assert [one.property for one in violated if not one.by] == []
