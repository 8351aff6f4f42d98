"""Compiled systems and modules kept in a folder that the user names, so that a second run need not compile them.

`folder` is what is safe to open and how files in it are read and written; `entry` is one file; `stamp` says which
hvcheck made it; `cache` is what the rest of the program asks. Nothing here decides anything: an entry that is missing,
damaged or of another version is made again, and what cannot be kept is not kept.
"""
