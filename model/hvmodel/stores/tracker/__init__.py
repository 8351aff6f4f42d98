"""Change tracking in the manner of Hyper-V's RCT: a map in memory, a fine side file, a coarse write-through one.

The layouts are this project's own and claim no compatibility with `.rct` and `.mrt` files of other makers. They are
documented in `fine.py` and `coarse.py`.
"""
