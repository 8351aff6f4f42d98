"""The checker: engines, verdicts with their evidence, charts, and the command line."""

__version__ = "0.1.0"
