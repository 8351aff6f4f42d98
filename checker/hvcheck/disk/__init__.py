"""What the `disk` commands do with real image files."""
