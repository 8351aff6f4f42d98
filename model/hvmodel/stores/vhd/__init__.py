"""VHD version 1 files, read-only: fixed, dynamic and differencing, and their chains."""
