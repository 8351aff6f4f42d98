"""The stateful engine: a system run on real files, step by step, beside its model. The only user of Hypothesis."""
