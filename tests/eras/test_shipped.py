"""What every shipped spec keeps to: the layout, its length, and a step responsible for all that is violated."""

from __future__ import annotations

from importlib.resources import files

import pytest

from hvspec.format import format_text
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
def test_whatever_is_violated_names_the_step_responsible_and_why(era: str) -> None:
    spec, _ = load(era)
    assert spec is not None
    violated = [one for scenario in spec.scenarios for one in scenario.expectations if one.verdict == "violated"]
    assert violated
    assert [one.property for one in violated if not one.by] == []
