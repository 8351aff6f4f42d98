"""A proof's obligations as SMT-LIB 2, for a second solver: each script has to be unsat."""

from __future__ import annotations

from collections.abc import Iterator

from .prepared import Prepared
from .prove import Discharged, Proof
from .terms import Terms
from .translate import Translation


def obligations_smt2(proof: Proof) -> Iterator[tuple[str, str]]:
    """The name and the script of each obligation. Scripts are independent of each other and of this run's solver."""
    for discharged in proof.discharged:
        yield str(discharged.obligation.key), _script(proof.prepared, discharged)


def _script(prepared: Prepared, discharged: Discharged) -> str:
    obligation = discharged.obligation
    translation = Translation(terms := Terms(), prepared.system)
    solver = terms.solver(0)
    bound, typed = translation.variables(obligation.variables)
    for said in (*translation.axioms(), *typed):
        solver.add(said)
    hypotheses = (conjunct.expression for conjunct in discharged.hypotheses)
    for expression in (*hypotheses, obligation.premise, obligation.denial):
        solver.add(translation.term(expression, bound))
    return f"; {obligation.key}\n{solver.text()}"
