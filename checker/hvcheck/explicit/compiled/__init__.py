"""The explicit engine at native speed: a system in a scope becomes one WebAssembly module.

`packing` lays states out as bit fields; `term`, `terms`, `update` and `actions` write conditions, expressions, writes
and steps as text (`wat`); `kernel.wat` is the search and `runtime.wat` what steps call; `module` puts them together;
`instance` runs a module, `machine` is one with the kernel's functions, and `search` is the search that the engine uses.

For other kernels: the module exports the memories `arena` (states, `words` 64-bit words each), `parents` (32 bits each)
and `table`, the functions `successors` and `lookup`, and the numbers `states` and `broken`; see `kernel.wat` for their
meaning and `Machine` for the same from Python.
"""
