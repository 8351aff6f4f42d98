"""The pytest plugin: `.hvs` files as tests, one for each property of each scenario."""
