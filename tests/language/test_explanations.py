"""Every diagnostic is explained, by a spec that really raises it and one that really loads."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

import pytest

from hvspec.compile import compile_system
from hvspec.explain import explained_codes, explanation
from hvspec.load import load

CODES = explained_codes()


def codes_said_of(text: str, folder: Path, warnings: bool) -> set[str]:
    """Examples of errors are too short to be free of warnings; examples of warnings say nothing else."""
    path = folder / "example.hvs"
    path.write_text(text, encoding="utf-8")
    spec, found = load(str(path))
    if spec is not None:
        for scenario in [one.name for one in spec.scenarios] or [None]:
            found += compile_system(spec, scenario=scenario)[2]
    return {one.code for one in found if warnings or one.severity == "error"}


def test_every_code_of_the_sources_is_explained() -> None:
    raised = {code for text in _sources(files("hvspec")) for code in re.findall(r'"(HV[0-9]{3})"', text)}
    assert set(CODES) == raised


@pytest.mark.parametrize("code", CODES)
def test_the_example_raises_the_code_and_the_mended_one_nothing(code: str, tmp_path: Path) -> None:
    found = explanation(code)
    assert found is not None
    assert found.title.endswith(".")
    assert bool(found.broken) == bool(found.mended) != bool(found.how)
    if found.broken:
        warnings = code.startswith("HV6")
        assert codes_said_of(found.broken, tmp_path, warnings) == {code}
        assert codes_said_of(found.mended, tmp_path, warnings) == set()


def test_few_codes_go_without_an_example() -> None:
    without = {code for code in CODES if (found := explanation(code)) and found.how}
    assert without == {"HV006", "HV007", "HV009", "HV406"}


def test_nothing_else_is_explained() -> None:
    assert explanation("HV999") is None
    assert explanation("../load") is None
    assert explanation("HV101.txt") is None


def _sources(folder: Traversable) -> Iterator[str]:
    for entry in folder.iterdir():
        if entry.is_dir():
            yield from _sources(entry)
        elif entry.name.endswith(".py"):
            yield entry.read_text("utf-8")
