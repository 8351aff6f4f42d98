"""Claims that nothing can break, and claims that a proof may not decide."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from hvmodel.dataclass import dataclass
from hvmodel.expression import TRUE, Apply, Expression, Quantifier, Variable, children
from hvmodel.source import Span
from hvmodel.types import BOOL, Option, Sort, Type

from .. import syntax as s
from ..check import CheckedControl
from ..diagnostic import Diagnostic, Related
from ..elaborate import Elaborator
from ..entities import Environment
from ..problem import SpecError
from ..shapes import StateVariable
from ..walk import walk
from .facts import Known

Edge = tuple[str, str]


@dataclass(frozen=True, slots=True)
class _Claim:
    """What a claim comes down to: the names in it, the variables it reads, and warnings about its quantifiers."""

    words: frozenset[str]
    reads: frozenset[str]
    undecided: tuple[Diagnostic, ...]


def claims(known: Known, state: dict[str, StateVariable], labels: Collection[str]) -> Iterator[Diagnostic]:
    """Warnings about properties, covers and invariants of the spec's own file."""
    program = known.program
    elaborator = Elaborator(program, state, {}, CheckedControl(program, labels, in_claim=True))
    links = function_edges(state)
    bodies = _function_bodies(known)
    part = f"lint {sorted(links)}"
    for declaration in program.properties.values():
        if known.own(declaration.span) and declaration.claim not in ("never", "at most"):
            found: _Claim | None = known.memory.known(part, declaration)
            if found is None:
                found = _claim(declaration, elaborator, bodies, links, state)
                known.memory.note(part, declaration, found, fine=not found.undecided)
            if declaration.claim != "cover":
                yield from _unbreakable(known, declaration, found)
            yield from found.undecided


def _claim(
    declaration: s.PropertyDecl,
    elaborator: Elaborator,
    bodies: Mapping[str, tuple[s.Expr, ...]],
    links: Mapping[Edge, str],
    state: Mapping[str, StateVariable],
) -> _Claim:
    written = (declaration.trigger, declaration.expression, declaration.witness)
    parts = [_elaborated(elaborator, one) for one in written if one is not None]
    undecided = tuple(_undecided(declaration, parts, links, state))
    reads = frozenset(name for part in parts for name in _reads(part))
    return _Claim(frozenset(_all_words(declaration, bodies)), reads, undecided)


def _elaborated(elaborator: Elaborator, written: s.Expr) -> Expression:
    try:
        return elaborator.boolean(written, Environment())
    except SpecError:  # reported where claims are checked
        return TRUE


# ---------------------------------------------------------------- nothing could break it
def _unbreakable(known: Known, declaration: s.PropertyDecl, found: _Claim) -> Iterator[Diagnostic]:
    if found.words & _UNKNOWN or not found.words.isdisjoint(known.program.parameters):
        return
    if any(known.assigned & set(name.split(".")) or name.split(".")[0] in _CONTROL for name in found.reads):
        return
    why = f"no statement assigns {_listed(found.reads)}" if found.reads else "it says the same in every state"
    message = f"nothing could break `{declaration.name}`: {why}"
    yield Diagnostic("HV607", message, declaration.name.span, "warning", expected="a claim about what changes")


_UNKNOWN = frozenset({"up", "expired"})
"""What is decided by what happens to places and time limits, not by assignments."""
_CONTROL = frozenset({"succeeded", "failed", "ended", "at", "during", "before", "after", "expired"})


def _listed(names: frozenset[str]) -> str:
    return ", ".join(f"`{name}`" for name in sorted(names)[:3]) + (" ..." if len(names) > 3 else "")


def _function_bodies(known: Known) -> dict[str, tuple[s.Expr, ...]]:
    """Of every function, those of storage classes and actors included, what it stands for."""
    program = known.program
    functions = [*program.functions.values()]
    functions += [function for storage in program.storages.values() for function in storage.functions]
    owners: list[s.ActorDecl | s.ServiceDecl] = [*program.actors.values(), *program.services.values()]
    functions += [member for owner in owners for member in owner.members if isinstance(member, s.Function)]
    found: dict[str, tuple[s.Expr, ...]] = {}
    for one in functions:
        found[one.name.text] = (*found.get(one.name.text, ()), one.body)
    return found


def _all_words(declaration: s.PropertyDecl, bodies: Mapping[str, tuple[s.Expr, ...]]) -> set[str]:
    """The names in a claim, and in the functions that it uses."""
    found: set[str] = set()
    waiting: list[object] = [declaration]
    while waiting:
        for node in walk(waiting.pop()):
            name = node.name if isinstance(node, s.NameRef) else node.text if isinstance(node, s.Name) else ""
            if name and name not in found:
                found.add(name)
                waiting += bodies.get(name, ())
    return found


def _reads(expression: Expression) -> Iterator[str]:
    stack = [expression]
    while stack:
        node = stack.pop()
        name = getattr(node, "function", None)
        if isinstance(name, str):
            yield name
        stack.extend(children(node))


# ---------------------------------------------------------------- the decidable fragment
def function_edges(state: Mapping[str, StateVariable]) -> dict[Edge, str]:
    """From every sort that indexes a variable to the sort it holds."""
    found: dict[Edge, str] = {}
    for variable in state.values():
        held = _sort(variable.holds)
        for index in variable.domain:
            if held and _sort(index):
                found.setdefault((_sort(index), held), f"`{variable.name}` gives a {held} for a {index}")
    return found


def _sort(type_: Type | str) -> str:
    of = type_.of if isinstance(type_, Option) else type_
    return of.name if isinstance(of, Sort) else ""


def _undecided(
    declaration: s.PropertyDecl, parts: list[Expression], links: Mapping[Edge, str], state: Mapping[str, StateVariable]
) -> Iterator[Diagnostic]:
    """Quantifiers and functions that lead from a sort back to itself: a solver may search without end."""
    edges = dict(links)
    for part in parts:
        for edge in _alternations(part, True, ()):
            edges.setdefault(edge, f"`{declaration.name}` says that for each {edge[0]} there is some {edge[1]}")
    for edge, why in edges.items():
        way = _way(edges, edge[1], edge[0])
        if edge not in links and way is not None:
            circle = (edge, *way)
            reasons = [why, *(edges[one] for one in way)]
            sorts = " -> ".join([edge[0], *(one[1] for one in circle)])
            related = tuple(Related(edges[one], _declared(one, state)) for one in circle if one in links)
            message = f"a proof of `{declaration.name}` may not end: {sorts} goes in a circle ({'; '.join(reasons)})"
            wanted = "quantifiers in the order of the sorts: machine, disk, block, data"
            yield Diagnostic("HV608", message, declaration.name.span, "warning", expected=wanted, related=related)
            return


def _declared(edge: Edge, state: Mapping[str, StateVariable]) -> Span:
    """The first variable that leads from a sort to another."""
    return next(v.span for v in state.values() if _sort(v.holds) == edge[1] and edge[0] in map(_sort, v.domain))


def _way(edges: Mapping[Edge, str], start: str, end: str) -> tuple[Edge, ...] | None:
    """The edges from a sort to another; () from one to itself."""
    ways: dict[str, tuple[Edge, ...]] = {start: ()}
    waiting = [start]
    while waiting:
        at = waiting.pop(0)
        if at == end:
            return ways[at]
        for edge in edges:
            if edge[0] == at and edge[1] not in ways:
                ways[edge[1]] = (*ways[at], edge)
                waiting.append(edge[1])
    return None


def _alternations(expression: Expression, positive: bool, outer: tuple[Variable, ...]) -> Iterator[Edge]:
    """`some y` under `all x`, wherever the claim says so or denies the opposite."""
    match expression:
        case Quantifier(kind, variables, body):
            if (kind == "all") == positive:
                outer = (*outer, *variables)
            else:
                pairs = ((_sort(one.type), _sort(other.type)) for one in outer for other in variables)
                yield from (pair for pair in pairs if all(pair))
            yield from _alternations(body, positive, outer)
        case Apply("not", (inner,)):
            yield from _alternations(inner, not positive, outer)
        case Apply("implies", (condition, inner)):
            yield from _alternations(condition, not positive, outer)
            yield from _alternations(inner, positive, outer)
        case Apply("and" | "or", arguments):
            for one in arguments:
                yield from _alternations(one, positive, outer)
        case Apply("==" | "if", arguments):
            for one in arguments:
                if one.type == BOOL:
                    yield from _alternations(one, positive, outer)
                    yield from _alternations(one, not positive, outer)
