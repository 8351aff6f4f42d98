"""What the time of a search went to: parts that add up to no more than the whole, for either search."""

from __future__ import annotations

import pytest

from benchmarks.peers import BACKUP
from hvcheck.engine import Budget
from hvcheck.explicit.codes import fit
from hvcheck.explicit.exploration import Goals
from hvcheck.explicit.explore import exploration
from hvcheck.explicit.meter import Meter
from language.helpers import compiled, loaded


@pytest.mark.parametrize(
    ("reference", "parts"), [(True, ["compile", "expand", "dedup and store"]), (False, ["compile", "search"])]
)
def test_parts_are_told_apart(reference: bool, parts: list[str]) -> None:
    search = exploration(fit(*compiled(loaded(BACKUP), "shallow")), Goals(), Meter(Budget()), reference=reference)
    last = list(search.run())[-1]
    spent = search.spent()
    assert [part for part in spent if part != "grow"] == parts
    assert all(seconds > 0 for seconds in spent.values())
    assert sum(spent.values()) <= search.meter.seconds
    assert next(part for part, _ in last.spent) == "compile"
