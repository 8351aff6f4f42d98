"""The model: a typed transition system as data, its one semantics, and the block stores it can run on."""
