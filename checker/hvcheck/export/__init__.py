"""A compiled system in the languages of other checkers, so that what hvcheck says can be checked by them."""

from .exported import Exported
from .ground import TooLargeError
from .origin import Origin

__all__ = ["Exported", "Origin", "TooLargeError"]
