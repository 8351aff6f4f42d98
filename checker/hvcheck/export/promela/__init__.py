"""Systems for Spin."""

from .module import promela

__all__ = ["promela"]
