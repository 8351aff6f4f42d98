"""Tests of the stateful engine: systems on files, mutants, shrinking."""
