"""Systems for TLC and whoever else reads TLA+."""

from .module import tla, tla_config

__all__ = ["tla", "tla_config"]
