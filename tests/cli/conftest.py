from .fakes import fake_specs

__all__ = ["fake_specs"]
