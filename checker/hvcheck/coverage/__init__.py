"""What the searches of a spec's scenarios have come to, and what none of them has."""

from .measure import Covered, SearchOf, covered

__all__ = ["Covered", "SearchOf", "covered"]
