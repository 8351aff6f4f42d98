"""From a checked program to a transition system.

Control is followed symbolically from boundary to boundary: each stretch between two boundaries becomes one action
whose guards and writes are expressions over the state in which it starts.
"""

from .scenario import compile_system

__all__ = ["compile_system"]
