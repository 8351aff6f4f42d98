"""A run on disk files that stay: chosen, drawn from a seed, walked by hand or saved; and what its files show."""
