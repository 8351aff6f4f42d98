"""A system of the language's kind, run on real VHDX chains, observes what the model says."""

from __future__ import annotations

from itertools import count
from pathlib import Path

import pytest

from hvcheck.stateful.report import Differs, Passed
from hvcheck.stateful.run import Profile, run_test
from hvmodel.stores.driver import Driver
from hvmodel.stores.vhdx.disk import VhdxDisk
from stateful.sample import SCOPE, backup

PROFILE = Profile(examples=5, steps=10, walks=5, walk_steps=30)


class LosesOnCopy(VhdxDisk):
    """A mutant: the copy of a file has none of its content."""

    def copy(self, source: Driver, source_role: str, role: str) -> None:
        super().copy(source, source_role, role)
        if source is not self or source_role != role:
            size = self.size(role)
            self.delete(role)
            self.create(role, size)


@pytest.mark.parametrize(("driver", "outcome"), [(VhdxDisk, Passed), (LosesOnCopy, Differs)])
def test_on_vhdx(driver: type[VhdxDisk], outcome: type, tmp_path: Path) -> None:
    numbers = count()

    def folder() -> Path:
        made = tmp_path / str(next(numbers))
        made.mkdir()
        return made

    report = run_test(backup(), SCOPE, folder, profile=PROFILE, driver=driver, violated=("NeverWritten",))
    assert isinstance(report.outcome, outcome), report
