"""The brute-force enumerator that the engine is compared with: the reference semantics, sets and nothing else.

Written without the engine's ideas: states are plain values, distances come from rounds, and a fair cycle is found
by asking of each state which sets of states can be visited for ever.
"""

from __future__ import annotations

from dataclasses import dataclass

from hvmodel.expression import Expression
from hvmodel.semantics import Step, apply, breaches, enabled, holds
from hvmodel.state import Layout, State
from hvmodel.system import Property, Scope, System


class TooLargeError(Exception):
    """The system has more states than the enumerator cares to look at."""


@dataclass(frozen=True)
class Graph:
    """Every reachable state with its distance, its steps, and those of them that break an obligation."""

    layout: Layout
    distance: dict[State, int]
    edges: dict[State, list[tuple[Step, State]]]
    broken: dict[State, list[Step]]

    def steps(self, state: State) -> list[Step]:
        return [step for step, _ in self.edges[state]] + self.broken[state]

    def where(self, expression: Expression) -> set[State]:
        return {state for state in self.distance if holds(expression, self.layout, state)}

    def nearest(self, states: set[State]) -> int | None:
        return min((self.distance[state] for state in states), default=None)


def enumerate_states(system: System, scope: Scope, most: int) -> Graph:
    layout = Layout(system, scope)
    graph = Graph(layout, {layout.initial: 0}, {}, {})
    frontier = [layout.initial]
    while frontier:
        reached: list[State] = []
        for state in frontier:
            steps = list(enabled(layout, state))
            graph.broken[state] = [step for step in steps if any(True for _ in breaches(layout, state, step))]
            fine = [step for step in steps if step not in graph.broken[state]]
            graph.edges[state] = [(step, apply(layout, state, step)) for step in fine]
            for _, after in graph.edges[state]:
                if after not in graph.distance:
                    graph.distance[after] = graph.distance[state] + 1
                    reached.append(after)
        if len(graph.distance) > most:
            raise TooLargeError
        frontier = reached
    return graph


def closure(graph: Graph, starts: set[State], within: set[State]) -> set[State]:
    """The states reachable from the starts without leaving a set."""
    seen, todo = set(starts & within), list(starts & within)
    while todo:
        for _, after in graph.edges[todo.pop()]:
            if after in within and after not in seen:
                seen.add(after)
                todo.append(after)
    return seen


def owed(system: System, step: Step) -> tuple[object, ...] | None:
    """Whose fairness a step is about: its thread's with the thread's arguments; without a thread its own."""
    action = system.action[step.action]
    if not action.fair:
        return None
    for thread in system.threads:
        if thread.name == action.thread:
            return (thread.name, step.arguments[: len(thread.parameters)])
    return ("", action.name, step.arguments)


def unanswered_fairly(graph: Graph, trigger: Expression, answer: Expression) -> bool:
    """Whether some run, fair to every instance, sees the trigger and then never the answer."""
    system = graph.layout.system
    quiet = set(graph.distance) - graph.where(answer)
    for state in closure(graph, graph.where(trigger), quiet):
        if all(owed(system, step) is None for step in graph.steps(state)):
            return True
        ring = {other for other in closure(graph, {state}, quiet) if state in closure(graph, {other}, quiet)}
        inside = [(step, after) for member in ring for step, after in graph.edges[member] if after in ring]
        taken = {owed(system, step) for step, _ in inside}
        able = [{owed(system, step) for step in graph.steps(member)} for member in ring]
        if inside and set.intersection(*able) - {None} <= taken:
            return True
    return False


def stuck(graph: Graph, ended: Expression) -> set[State]:
    """States that have not ended and from which no protocol step, and none that breaks an obligation, ever follows."""
    system = graph.layout.system
    moving = {
        state
        for state in graph.distance
        if graph.broken[state] or any(system.action[step.action].kind == "protocol" for step in graph.steps(state))
    }
    everywhere = set(graph.distance)
    waiting = everywhere - moving - graph.where(ended)
    return {state for state in waiting if not closure(graph, {state}, everywhere) & moving}


@dataclass(frozen=True)
class Answer:
    """A verdict's word and, if a run shows it, how many steps that takes (None where any number will do)."""

    word: str
    length: int | None = None


def judge(graph: Graph, claim: Property) -> Answer:
    """What the engine must say of a property, and how long its run must be."""
    breach = any(graph.broken.values())
    length = _violation(graph, claim)
    if claim.claim == "cover":
        if length is not None:
            return Answer("REACHED", length)
        return Answer("UNDETERMINED" if breach else "UNREACHABLE")
    if claim.claim == "leads to":
        assert claim.trigger is not None
        if unanswered_fairly(graph, claim.trigger, claim.expression):
            return Answer("VIOLATED")
    elif length is not None:
        return Answer("VIOLATED", length)
    if breach or (claim.trigger is not None and not graph.where(claim.trigger)):
        return Answer("UNDETERMINED")
    witness = claim.witness if claim.witness is not None else claim.trigger
    shown = None if witness is None else graph.nearest(graph.where(witness))
    return Answer("UNDETERMINED") if shown is None else Answer("HOLDS", shown)


def _violation(graph: Graph, claim: Property) -> int | None:
    """The least number of steps that decides the claim by itself."""
    match claim.claim:
        case "always" | "at most" | "invariant":
            return graph.nearest(set(graph.distance) - graph.where(claim.expression))
        case "cover":
            return graph.nearest(graph.where(claim.expression))
        case "never":
            taking = {s for s in graph.distance if any(step.action in claim.forbidden for step in graph.steps(s))}
        case "obligations":
            taking = {state for state, steps in graph.broken.items() if steps}
        case "deadlock":
            return graph.nearest(stuck(graph, claim.expression))
        case _:
            return None
    nearest = graph.nearest(taking)
    return None if nearest is None else nearest + 1
