"""VHD Sets: a small pointer file with a stable name, and the chain of files behind it.

The layout is this project's own and claims no compatibility with `.vhds` files of other makers; see `pointer.py`.
"""
