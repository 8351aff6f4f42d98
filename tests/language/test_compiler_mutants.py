"""Mutants of the compiler: each is found out by some hand count, so the counts can fail."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from explicit.brute import enumerate_states, judge
from hvmodel.expression import TRUE
from hvspec import syntax as s
from hvspec.compile import flow
from hvspec.compile.path import Path
from hvspec.entities import Value

from .helpers import HERE, compiled, loaded
from .test_tiny import counted, judged


def no_probe(*_: Any) -> None:
    """Adjacent boundaries no longer coincide."""


def always_their_turn(_: Any) -> Any:
    """`in turn` runs branches at once."""
    return TRUE


def cancels_nothing(*_: Any) -> None:
    """What a notice or a time limit should end goes on."""


def keeps_volatile(*_: Any) -> None:
    """A crash forgets nothing."""


def rethrows_nothing(_: Any) -> bool:
    """No `recover` keeps the code that it may throw on."""
    return False


def goes_round_once(builder: Any, statement: Any, context: Any, path: Any, after: Any) -> None:
    """A loop is left after its first round."""
    flow.run(builder, statement.body.statements, replace(context, leave=after), path, after)


def breaks_nothing(_: Any, __: Any, ___: Any, path: Any, after: Any) -> None:
    """`break` goes on with what stands behind it."""
    after(path)


def nothing_is_fair(*arguments: Any, **named: Any) -> Path:
    """A `fair env` is like any other."""
    return Path(*arguments, **{**named, "fair": False})


def no_other_names(*_: Any) -> dict[str, Any]:
    """Who crashes a place and who is ended are taken for the same machine."""
    return {}


def service_first(program: Any, actor: Any) -> tuple[Any, ...]:
    """The service's handler is taken, whatever its instance says."""
    service = program.services[actor.instance.service.text].members if actor.instance else ()
    return (*actor.members, *service)


MUTANTS: dict[str, Any] = {
    "hvspec.compile.flow._FLOW inherited": {**flow._FLOW, s.Inherited: breaks_nothing},
    "hvspec.members.members": service_first,
    "hvspec.compile.flow.inherited_names": lambda handler, names: {
        one.name.text: names["m" if one.name.text == "k" else "k"] for one in handler.params
    },
    "hvspec.operators.same": lambda *_: TRUE,
    "hvspec.compile.plain.Plain._copy_field": cancels_nothing,
    "hvspec.compile.plain.Plain.frozen": lambda _, __, value, ___: Value(value),
    "hvspec.compile.reactions.cancel": cancels_nothing,
    "hvspec.compile.channel._remove": cancels_nothing,
    "hvspec.compile.channel._losses": cancels_nothing,
    "hvspec.compile.channel._refused": cancels_nothing,
    "hvspec.compile.channel.is_plain": lambda _: True,
    "hvspec.compile.query.ControlQueries._in_flight": lambda *_: (),
    "hvspec.compile.crash._alarm": cancels_nothing,
    "hvspec.compile.crash._apart": no_other_names,
    "hvspec.compile.crash._descendants": lambda _: [],
    "hvspec.compile.crash._kill": cancels_nothing,
    "hvspec.compile.environment.Path": nothing_is_fair,
    "hvspec.compile.flow._FLOW loop": {**flow._FLOW, s.Loop: goes_round_once},
    "hvspec.compile.flow._FLOW break": {**flow._FLOW, s.Break: breaks_nothing},
    "hvspec.compile.builder.Builder.probe": no_probe,
    "hvspec.compile.fork._turn": always_their_turn,
    "hvspec.compile.crash.cancel": cancels_nothing,
    "hvspec.compile.crash._reset_volatile": keeps_volatile,
    "hvspec.compile.crash._run_final": cancels_nothing,
    "hvspec.compile.fork._skip_unstarted": cancels_nothing,
    "hvspec.compile.flow._rethrows": rethrows_nothing,
}
LIKELY = (
    "each_in_turn",
    "recover",
    "rethrow",
    "within",
    "when_",
    "crash",
    "loop",
    "fair",
    "send",
    "record",
    "override",
)


def agrees() -> bool:
    """Whether every count and verdict that may differ is as in the header."""
    for name, scenario, states, transitions in counted():
        if not name.startswith(LIKELY):
            continue
        system, scope = compiled(loaded(HERE / "tiny" / f"{name}.hvs"), scenario)
        graph = enumerate_states(system, scope, 1000)
        if (len(graph.distance), sum(len(graph.steps(state)) for state in graph.distance)) != (states, transitions):
            return False
        claims = {claim.name: claim for claim in system.properties}
        said = [(claim, word) for file, where, claim, word in judged() if (file, where) == (name, scenario)]
        if any(judge(graph, claims[claim]).word != word for claim, word in said):
            return False
    return True


def test_the_compiler_itself_agrees() -> None:
    assert agrees()


@pytest.mark.parametrize("target", MUTANTS)
def test_a_mutant_does_not(target: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(target.partition(" ")[0], MUTANTS[target])
    try:
        found = agrees()
    except (AssertionError, AttributeError, KeyError):  # it does not even compile
        found = False
    assert not found
