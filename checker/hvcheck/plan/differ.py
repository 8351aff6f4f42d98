"""Two specs side by side: which properties differ in verdict, and which steps and messages only one of them has."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import prod

from hvcheck.engine import Budget
from hvcheck.verdict import SATISFIES, Undetermined, Verdict, Violated
from hvmodel.dataclass import dataclass
from hvspec.spec import Scenario, Spec

from .choice import NO_SCENARIO, Choice
from .judge import Cell
from .rival import Rivals
from .verify import SpecReport, verify_spec

IDEAL = "ideal"


@dataclass(frozen=True, slots=True)
class Side:
    """One spec in one scenario and scope; `cells` has one for every property that is judged there."""

    spec: Spec
    scenario: str
    scope: str
    report: SpecReport

    @property
    def cells(self) -> tuple[Cell, ...]:
        return self.report.cells


@dataclass(frozen=True, slots=True)
class Compared:
    """A property of either spec; None where a spec does not have it. Matched by name, else by id."""

    name: str
    id: str
    left: Cell | None
    right: Cell | None

    @property
    def differs(self) -> bool:
        """Whether the measured or the expected verdict differs; how strongly something holds is no difference."""
        return _meaning(self.left) != _meaning(self.right)

    @property
    def undecided(self) -> bool:
        return any(is_undecided(cell.verdict) for cell in (self.left, self.right) if cell is not None)


@dataclass(frozen=True, slots=True)
class Difference:
    """All that was found; `gone` and `new` are labels (steps, and messages as Actor.Message)."""

    left: Side
    right: Side
    properties: tuple[Compared, ...]
    gone: tuple[str, ...]
    new: tuple[str, ...]

    @property
    def counterexample(self) -> tuple[Side, Side, Cell] | None:
        """Who allows the run, who refuses it, and the violated cell: of the first property that differs so."""
        for one in self.properties:
            if one.left is not None and one.right is not None and one.left.claim.claim in ("always", "never"):
                if _breaks(one.left) and _keeps(one.right):
                    return self.left, self.right, one.left
                if _breaks(one.right) and _keeps(one.left):
                    return self.right, self.left, one.right
        return None


def difference(names: tuple[str, str], specs: tuple[Spec, Spec], budget: Budget, rivals: Rivals) -> Difference:
    """Both specs in the scenario `ideal` (else their first) and their smallest scope, by the explicit engine."""
    left, right = (side(name, spec, budget, rivals) for name, spec in zip(names, specs, strict=True))
    known = [_labels(spec) for spec in specs]
    return Difference(
        left, right, tuple(_compared(left, right)), _sorted(known[0] - known[1]), _sorted(known[1] - known[0])
    )


def side(name: str, spec: Spec, budget: Budget, rivals: Rivals) -> Side:
    scenario, scope = scenario_of(spec), smallest_scope(spec)
    choice = Choice(
        scenarios=(scenario.name,) if scenario.name else (),
        scopes=(scope,) if scope else (),
        engines=("explicit",),
        budget=budget,
    )
    report = verify_spec(spec, name, choice, rivals.run, rivals)
    return Side(spec, scenario.name, scope, report)


def scenario_of(spec: Spec) -> Scenario:
    """`ideal`, else the first; where there is none, the spec as it stands."""
    ideal = next((one for one in spec.scenarios if one.name == IDEAL), None)
    return ideal or (spec.scenarios[0] if spec.scenarios else NO_SCENARIO)


def smallest_scope(spec: Spec) -> str:
    """The scope with the fewest of everything, the first of several; "" if the spec has none."""
    scopes = sorted(spec.scopes, key=lambda one: (prod(one.sizes.values()), sum(one.budgets.values())))
    return scopes[0].name if scopes else ""


def is_undecided(verdict: Verdict | None) -> bool:
    """Whether a budget was met; a finished search that lacks only a witness is as good as it gets."""
    return isinstance(verdict, Undetermined) and verdict.coverage is None


def _labels(spec: Spec) -> frozenset[str]:
    """Steps, and the messages that an actor does something on."""
    from hvspec.labels import handled, labels

    known, answered = labels(spec.program), handled(spec.program)
    return frozenset(label for label in known if "." not in label or label in answered)


def _sorted(found: frozenset[str]) -> tuple[str, ...]:
    return tuple(sorted(found, key=lambda label: ("." not in label, label)))


def _compared(left: Side, right: Side) -> Iterator[Compared]:
    """Every property once: in the order of the left spec, then what only the right one has."""
    ids, others = _ids(left.spec), _ids(right.spec)
    waiting = {cell.claim.name: cell for cell in right.cells}
    namesakes = {cell.claim.name for cell in left.cells}
    for cell in left.cells:
        name, id_ = cell.claim.name, ids.get(cell.claim.name, "")
        alike = [other for other in waiting if id_ and others.get(other) == id_ and other not in namesakes]
        # An id that several properties share says that they are about the same, not which is which.
        by_id = alike[0] if len(alike) == 1 and list(ids.values()).count(id_) == 1 else ""
        yield Compared(name, id_, cell, waiting.pop(name if name in waiting else by_id, None))
    for name, cell in waiting.items():
        yield Compared(name, others.get(name, ""), None, cell)


def _ids(spec: Spec) -> dict[str, str]:
    return {one.name: one.id for one in spec.properties}


def _breaks(cell: Cell) -> bool:
    return isinstance(cell.verdict, Violated)


def _keeps(cell: Cell) -> bool:
    return cell.verdict is not None and (cell.verdict.word in SATISFIES["holds"] or is_unrivalled(cell))


def is_unrivalled(cell: Cell) -> bool:
    """A `never` or `at most` that a finished search kept: HOLDS needs a rival, not looked for here."""
    verdict = cell.verdict
    return (
        isinstance(verdict, Undetermined) and verdict.coverage is not None and cell.claim.claim in ("never", "at most")
    )


def _meaning(cell: Cell | None) -> tuple[str, str]:
    if cell is None:
        return "", ""
    return plain_word(cell), _EXPECTED.get(cell.expectation.verdict, cell.expectation.verdict)


_EXPECTED = {"proved": "holds", "reached": "holds", "unreachable": "violated"}


def plain_word(cell: Cell | None) -> str:
    """The measured verdict in lower case; `-` where there is nothing to judge."""
    if cell is None or cell.verdict is None or cell.outcome == "not judged":
        return "-"
    return "not violated" if is_unrivalled(cell) else cell.verdict.word.lower()


def failures(sides: Sequence[Side]) -> tuple[str, ...]:
    """Jobs that came to nothing."""
    return tuple(f"{one.spec.name}: {text}" for one in sides for text in one.report.failures)
