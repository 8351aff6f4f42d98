"""Fixes: what would mend a diagnostic, as edits of the text, and carrying them out."""

from .apply import Mended, apply_fixes, mend
from .propose import with_fixes

__all__ = ["Mended", "apply_fixes", "mend", "with_fixes"]
