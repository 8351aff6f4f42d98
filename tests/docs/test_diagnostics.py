"""The page on diagnostics shows what is really said, and lists every warning."""

from __future__ import annotations

import re

from hvspec.explain import explained_codes

from .fences import ROOT

PAGE = (ROOT / "docs/diagnostics.md").read_text("utf-8")


def test_the_example_is_what_is_said() -> None:
    golden = (ROOT / "tests/language/golden/hv217_forgotten_index.txt").read_text("utf-8")
    (shown,) = re.findall(r"^```\n(error.*?)^```$", PAGE, flags=re.MULTILINE | re.DOTALL)
    assert shown.replace("my.hvs", "hv217_forgotten_index.hvs") in golden


def test_every_warning_is_listed() -> None:
    assert re.findall(r"^\| (HV\d+) ", PAGE, flags=re.MULTILINE) == [
        code for code in explained_codes() if code.startswith("HV6")
    ]
