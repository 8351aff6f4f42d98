"""What people and programs read: the matrix, explanations, diagnostics, JSON."""
