"""What to run for a spec, running it in worker processes, and judging it against what the spec expects."""
