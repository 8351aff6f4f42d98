"""What has certainly happened at a location, and what certainly has not: the control flow of one thread."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from hvmodel.dataclass import dataclass
from hvmodel.expression import Apply, Expression, Literal
from hvmodel.system import IDLE, Action

from .builder import Builder
from .threads import ThreadBuilder


@dataclass(frozen=True, slots=True)
class Edge:
    """An action that moves a thread from one location to another; IDLE stands for its start and its end."""

    source: str
    target: str
    action: Action


def edges(builder: Builder, thread: ThreadBuilder) -> list[Edge]:
    """Every move of a thread, by itself or by a child that ends as the last."""
    found: list[Edge] = []
    children = {child.name: child for child in thread.children}
    start = builder.memo.get(("start", thread.name))
    if start is not None:
        found.append(Edge(IDLE, start.name, Action("start", "protocol")))  # type: ignore[attr-defined]
    for action in builder.actions:
        targets = [
            target for write in action.writes if write.function == thread.control for target in names(write.value)
        ]
        if not targets:
            continue
        source = _guarded(action, thread.control)
        if source is None and action.thread in _below(children):
            source = _waiting(children, action.thread)
        found.extend(Edge(source or IDLE, target, action) for target in targets)
    return found


def after(found: list[Edge], happens: Callable[[Action], bool]) -> frozenset[str]:
    """The locations that no way from the start reaches without such an action."""
    without = _reachable({IDLE}, [edge for edge in found if not happens(edge.action)])
    everywhere = {edge.target for edge in found} | {edge.source for edge in found}
    return frozenset(everywhere - without - {IDLE})


def before(found: list[Edge], happens: Callable[[Action], bool]) -> frozenset[str]:
    """The locations that no way reaches on which such an action was taken."""
    since = _reachable({edge.target for edge in found if happens(edge.action)}, found)
    everywhere = {edge.target for edge in found}
    return frozenset(everywhere - since - {IDLE})


def _reachable(starts: set[str], found: list[Edge]) -> set[str]:
    reached, todo = set(starts), list(starts)
    while todo:
        here = todo.pop()
        for edge in found:
            # A thread that has ended does not start again in the same run of its parent.
            if edge.source == here and edge.target not in reached:
                reached.add(edge.target)
                if edge.target != IDLE:
                    todo.append(edge.target)
    return reached


def _guarded(action: Action, control: str) -> str | None:
    for guard in action.guards:
        match guard.expression:
            case Apply("==", (read, Literal(value=str(location)))) if getattr(read, "function", "") == control:
                return location
            case _:
                continue
    return None


def _below(children: dict[str, ThreadBuilder]) -> dict[str, ThreadBuilder]:
    """Every descendant with the child it descends from."""
    found: dict[str, ThreadBuilder] = {}
    for child in children.values():
        found[child.name] = child
        found.update(dict.fromkeys(_below({grandchild.name: grandchild for grandchild in child.children}), child))
    return found


def _waiting(children: dict[str, ThreadBuilder], thread: str) -> str | None:
    waits = _below(children)[thread].waits
    return waits.name if waits is not None else None


def names(value: Expression) -> Iterator[str]:
    """The locations a control write can lead to."""
    match value:
        case Literal(value=str(name)):
            yield name
        case Apply("if", (_, then, otherwise)):
            yield from names(then)
            yield from names(otherwise)
        case _:
            return
