"""Sequence charts: rows from a trace or a static figure, and their faces as text, Mermaid and JSON."""
