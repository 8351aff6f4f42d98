"""The explicit engine at native speed: a system in a scope as a WebAssembly module, states as bit fields of words."""
