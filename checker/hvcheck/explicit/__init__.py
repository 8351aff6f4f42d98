"""The reference explicit engine: breadth-first, exact, shortest runs, over generated Python."""

from .engine import ExplicitEngine
from .search import Statistics, explore, find

__all__ = ["ExplicitEngine", "Statistics", "explore", "find"]
