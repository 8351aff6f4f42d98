"""The explicit engine: breadth-first, exact, shortest runs, at native speed or over generated Python."""

from .engine import ExplicitEngine
from .explore import Statistics, explore, find

__all__ = ["ExplicitEngine", "Statistics", "explore", "find"]
