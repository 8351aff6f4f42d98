"""Laying out `.hvs` text anew: the same words and comments in the same order, in a steady layout."""

from .format import Formatted, format_text

__all__ = ["Formatted", "format_text"]
