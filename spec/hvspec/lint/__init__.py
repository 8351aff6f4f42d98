"""Warnings: what is allowed, and hardly meant."""

from .lint import lint

__all__ = ["lint"]
