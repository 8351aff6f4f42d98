"""Smaller systems with the same verdicts: what cannot matter is left out, and every run found is re-run in full."""
