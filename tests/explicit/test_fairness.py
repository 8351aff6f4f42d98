"""`leads to` on the graph of steps: as the reference engine and the brute-force enumerator say, run for run."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import product

import pytest
from hypothesis import given, settings

from generators.systems import Drawn, systems
from hvcheck.engine import Progress
from hvcheck.explicit.fairness import Unanswered
from hvcheck.explicit.judge import breaks
from hvcheck.explicit.liveness import Liveness
from hvcheck.verdict import Confirmed
from hvmodel.expression import FALSE
from hvmodel.system import Property

from .brute import unanswered_fairly
from .explored import Reference, searched
from .test_against_brute import CALM, graph_of


def claims(drawn: Drawn) -> list[Property]:
    """Every expression of the system's properties as a trigger of every other."""
    found = [claim.expression for claim in drawn.system.properties]
    found += [claim.trigger for claim in drawn.system.properties if claim.trigger is not None]
    expressions = list(dict.fromkeys(found))[:7]
    return [
        Property(f"{a} {b}", "leads to", answer, trigger=trigger)
        for (a, trigger), (b, answer) in product(enumerate(expressions), repeat=2)
        if trigger != answer
    ]


def outcome(events: Iterable[Progress | Confirmed]) -> Confirmed | None:
    return next((event for event in events if isinstance(event, Confirmed)), None)


def compared(drawn: Drawn) -> Iterator[tuple[Property, Reference, Confirmed | None]]:
    """Both engines on each claim; they agree with each other to the step, and with the enumerator."""
    graph, search, asked = graph_of(drawn), searched(drawn.system, drawn.scope), claims(drawn)
    unanswered = Unanswered(search, search, asked)
    for claim in asked:
        trigger = claim.trigger or FALSE
        found = outcome(unanswered.run(claim))
        assert (found is not None) == unanswered_fairly(graph, trigger, claim.expression), claim
        reference = outcome(Liveness(search.search, trigger, claim.expression).run())
        assert (None if found is None else found.trace) == (None if reference is None else reference.trace)
        assert found is None or breaks(claim, found)
        yield claim, search, found


@settings(CALM, max_examples=60)
@given(systems())
def test_agrees_with_the_reference_run_for_run(drawn: Drawn) -> None:
    for _ in compared(drawn):
        pass


@pytest.mark.slow
@settings(CALM, max_examples=1500)
@given(systems())
def test_agrees_with_the_reference_on_many_systems(drawn: Drawn) -> None:
    for _ in compared(drawn):
        pass
