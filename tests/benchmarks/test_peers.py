"""The explicit engine on the peers' model: the same states and transitions, to the last one."""

from __future__ import annotations

import pytest

from hvcheck.explicit import explore
from language.helpers import compiled, loaded

from .peers import BACKUP, INSTANCES, Instance


@pytest.mark.parametrize(
    "instance",
    [pytest.param(one, id=one.scenario, marks=() if one.is_small else pytest.mark.slow) for one in INSTANCES],
)
def test_the_peers_counts(instance: Instance) -> None:
    found = explore(*compiled(loaded(BACKUP), instance.scenario))
    assert (found.states, found.transitions) == (instance.states, instance.transitions)
