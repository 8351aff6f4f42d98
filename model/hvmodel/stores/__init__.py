"""Block stores: one virtual disk with all its files, behind one small driver interface."""
