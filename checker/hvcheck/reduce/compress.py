"""Straight-line compression: a step that only moves its own thread on is taken together with the one that led to it.

Such a step leads from a location `at` to a location `to`. The compressed system has neither the step nor `at`: whatever
moved the thread to `at` moves it to `to`. It is the full system with the states in which a thread is at `at` taken for
those in which it is at `to`. What has to be shown for that, and is looked up in every expression of the system:

1. The step is the only one that asks for its thread to be at `at`, and asks for nothing else. So it can be taken
   whenever the thread is there, and stays so whatever the others do.
2. It writes that its thread is at `to`, and nothing else, and breaks no obligation. So it commutes with every step of
   the others.
3. No guard, write, obligation or claim tells `at` from `to` (see `observe`). So whatever can be taken at `at` - the
   fault that takes down the thread, too - can be taken at `to` with the same effect, and the states satisfy the same
   claims. A thread starts at no such location.
4. No claim forbids the step. Steps that are counted write a counter, and are none.
5. Steps of this kind that lead round in a circle are kept: a thread that runs in circles must go on doing so.

So each run of the full system, such steps left out, is a run of the compressed one; and each run of the compressed one
is a run of the full one once the steps are put back (see `expand`). Then two claims ask for more:

6. A deadlock is a state after which no protocol step can ever be taken. A thread at `at` can take one. So the step and
   all that lead to `at` must be protocol steps: in a state in which none of these can be taken any more, no thread
   is at `at` or will be, and the state is one of both systems, with the same future.
7. `leads to` is about fair runs. The step and all that lead to `at` must be fair steps of the thread itself. Then no
   fair run rests at `at`, and a thread that takes the step for ever takes one that leads to it for ever, so that it
   gets its due in both systems. And where a thread can do nothing at `to`, there is a state in the full run in which
   it can do nothing either.

Runs are expanded to runs of the full system, but need not be the shortest.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from hvmodel.dataclass import dataclass
from hvmodel.expression import Apply, Expression, Literal, conditional
from hvmodel.system import Action, Property, System, Thread, Write

from .control import Control, conjuncts
from .observe import observed

Place = tuple[str, str]
"""A location, by the control function of its thread and its name."""


@dataclass(frozen=True, slots=True)
class Link:
    """A step that only moves its own thread on, from one location to another."""

    action: Action
    thread: Thread
    at: str
    to: str


def compressed(system: System, merged: Sequence[Link]) -> System:
    """The system without these steps and without the locations that they lead from."""
    after = {(link.thread.control, link.at): link.to for link in merged}
    ends = {place: _end(place, after) for place in after}
    gone = {link.action.name for link in merged}
    actions = tuple(_moving_on(action, ends) for action in system.actions if action.name not in gone)
    return replace(system, actions=actions) if gone else system


def links(system: System, claims: Sequence[Property]) -> tuple[Link, ...]:
    """The steps that can be merged with what leads to them, at most one from each location of a thread."""
    control = Control(system)
    found = [link for action in system.actions if (link := _straight(control, action)) is not None]
    found = [link for link in found if _alone(control, link) and _plainly_reached(control, link)]
    found = [link for link in found if all(_allowed(control, link, claim) for claim in claims)]
    if not found:
        return ()
    told = observed(control, claims)
    found = [link for link in found if told.alike(link.thread.control, link.at, link.to)]
    after = {(link.thread.control, link.at): link.to for link in found}
    return tuple(link for link in found if not _circles(link, after))


def _straight(control: Control, action: Action) -> Link | None:
    """The action as a link, if its place alone enables it and it does nothing but move on."""
    thread = control.system.thread.get(action.thread)
    if thread is None or len(action.parameters) != len(thread.parameters) or action.obligations:
        return None
    asked = [part for guard in action.guards for part in conjuncts(guard.expression)]
    at = control.own_place(action, asked[0]) if len(asked) == 1 else None
    match action.writes:
        case (Write(function, value=Literal(str() as to)) as write,):
            if at is not None and function == thread.control and control.is_own(action, thread, write):
                return Link(action, thread, at, to)
    return None


def _alone(control: Control, link: Link) -> bool:
    """Whether nothing else asks for the thread to be at the location (1) and no thread begins there (3)."""
    if control.system.function[link.thread.control].initial.value == link.at:
        return False
    for action in control.system.actions:
        places = [control.place(action, guard.expression) for guard in action.guards]
        if action.name != link.action.name and action.thread == link.thread.name and link.at in places:
            return False
    return True


def _plainly_reached(control: Control, link: Link) -> bool:
    """Whether every way to the location stands in the system as such, to be led on."""
    values = [write.value for action in control.system.actions for write in action.writes if _moves(write, link)]
    threads = [thread for thread in control.system.threads if thread.control == link.thread.control]
    return len(threads) == 1 and all(map(_plain, values))


def _moves(write: Write, link: Link) -> bool:
    return write.function == link.thread.control


def _allowed(control: Control, link: Link, claim: Property) -> bool:
    """Whether the claim is neither about the step itself (4) nor about how long a thread stays before it (6, 7)."""
    match claim.claim:
        case "never":
            return link.action.name not in claim.forbidden
        case "deadlock":
            return all(action.kind == "protocol" for action in (link.action, *(way for way, _ in _ways(control, link))))
        case "leads to":
            return link.action.fair and all(own and way.fair for way, own in _ways(control, link))
    return True


def _ways(control: Control, link: Link) -> Iterator[tuple[Action, bool]]:
    """The actions that can put a thread at the location, and whether they move just the thread that takes them."""
    for action in control.system.actions:
        for write in action.writes:
            if _moves(write, link) and link.at in control.targets(link.thread, write.value):
                yield action, action.thread == link.thread.name and control.is_own(action, link.thread, write)


def _plain(value: Expression) -> bool:
    """Whether the locations that a value can be stand in it."""
    match value:
        case Literal():
            return True
        case Apply("if", (_, then, otherwise)):
            return _plain(then) and _plain(otherwise)
    return False


def _circles(link: Link, after: Mapping[Place, str]) -> bool:
    seen: set[Place] = set()
    place = (link.thread.control, link.to)
    while place in after and place not in seen:
        seen.add(place)
        place = (place[0], after[place])
    return (link.thread.control, link.at) in seen


def _end(place: Place, after: Mapping[Place, str]) -> str:
    while place in after:
        place = (place[0], after[place])
    return place[1]


def _moving_on(action: Action, ends: Mapping[Place, str]) -> Action:
    return replace(action, writes=tuple(_led_on(write, ends) for write in action.writes))


def _led_on(write: Write, ends: Mapping[Place, str]) -> Write:
    there = {at: to for (function, at), to in ends.items() if function == write.function}
    return replace(write, value=_replaced(write.value, there)) if there else write


def _replaced(value: Expression, ends: Mapping[str, str]) -> Expression:
    """The value of a plain write, with other locations."""
    match value:
        case Literal(str() as at, type_) if at in ends:
            return Literal(ends[at], type_, ends[at] if value.name else "")
        case Apply("if", (condition, then, otherwise)):
            return conditional(condition, _replaced(then, ends), _replaced(otherwise, ends))
    return value
