"""Certificates as SMT-LIB 2: every script stands alone, parses, and is unsat."""

from __future__ import annotations

from hvcheck.engine import Budget
from hvcheck.symbolic.prove import Proof, Prover
from hvcheck.symbolic.smtlib import obligations_smt2
from hvcheck.symbolic.terms import Terms

from .sample import CONSISTENT, FULL


def scripts() -> dict[str, str]:
    proof = Prover(FULL).proof(CONSISTENT, Budget())
    assert isinstance(proof, Proof)
    found = dict(obligations_smt2(proof))
    assert len(found) == proof.certificate.obligations
    return found


def test_every_obligation_is_a_script_that_a_solver_refutes() -> None:
    for name, script in scripts().items():
        assert Terms().parsed(script) == "unsat", name


def test_a_script_without_its_hypotheses_is_not_refuted() -> None:
    """The scripts say something: without what it assumes, an obligation fails."""
    script = scripts()["Consistent after Snap"]
    lines = script.splitlines()
    starts = [number for number, line in enumerate(lines) if line.startswith("(assert")]
    kept = [line for number, line in enumerate(lines) if number < starts[0] or number >= starts[-2]]
    assert Terms().parsed("\n".join(kept)) == "sat"
