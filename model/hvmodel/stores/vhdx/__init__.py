"""VHDX files after MS-VHDX: bytes and structures, log, block allocation, file, chain."""
