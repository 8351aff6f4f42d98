"""A cache is not used until hvcheck's own files have rested; so are tests of it, where one has just edited them."""

from __future__ import annotations

import time

import pytest

from hvcheck.cache.stamp import own_folders, stamp


@pytest.fixture(scope="session")
def settled() -> None:
    while not stamp(own_folders()).settled:
        time.sleep(0.5)
