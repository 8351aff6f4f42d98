"""Adapters: a user's own backup tool, driven by a model and compared with it after every step."""
