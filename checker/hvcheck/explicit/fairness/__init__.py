"""`leads to` under fairness at native speed: the graph of steps, and WebAssembly that works on it."""

from .unanswered import Unanswered

__all__ = ["Unanswered"]
