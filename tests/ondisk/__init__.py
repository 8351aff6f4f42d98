"""Runs on disk files that stay, and what the files show."""
