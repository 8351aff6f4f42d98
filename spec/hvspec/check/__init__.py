"""Static checks: every name, type and statement of a program, whether or not any scenario reaches it."""

from .check import check
from .control import CheckedControl

__all__ = ["CheckedControl", "check"]
