"""Proofs for every size: weakest preconditions over the hvmodel system, discharged by z3."""
