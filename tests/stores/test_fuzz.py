"""Hypothesis against every structure; `fuzz_atheris.py` does the same for as long as one likes."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from .fuzzing import TARGETS, attempt, sound, vhdx_file

QUICK = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
LONG = settings(max_examples=3000, deadline=None, suppress_health_check=list(HealthCheck))


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.__name__)
@QUICK
@given(data=st.binary(max_size=600))
def test_structures(target: Callable[[bytes], None], data: bytes) -> None:
    attempt(target, data)


@pytest.mark.slow
@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.__name__)
@LONG
@given(data=st.binary(max_size=1200))
def test_structures_at_length(target: Callable[[bytes], None], data: bytes) -> None:
    attempt(target, data)


def test_the_file_that_is_fuzzed_is_sound() -> None:
    sound()
    vhdx_file(b"")
