"""`leads to` under fairness at the speed of the machine: the graph of steps, and WebAssembly that works on it."""

from .explored import NOBODY, NOWHERE, Explored, Steps
from .instances import Instances, instances
from .memory import RefusedError
from .unanswered import Searched, Unanswered

__all__ = [
    "NOBODY",
    "NOWHERE",
    "Explored",
    "Instances",
    "RefusedError",
    "Searched",
    "Steps",
    "Unanswered",
    "instances",
]
