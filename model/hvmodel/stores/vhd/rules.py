"""The rules a VHD version 1 file is held to. Sections are those of the published VHD image format description."""

from __future__ import annotations

from types import MappingProxyType

from hvmodel.stores.refusal import Rule

_TEXTS = {
    "vhd-footer": ("Hard Disk Footer Format", "one of the two footers has the cookie 'conectix' and its checksum"),
    "vhd-footer-copy": ("Dynamic Hard Disk Image", "footer and its copy at the start are both valid"),
    "vhd-version": ("Hard Disk Footer Format", "the format version is 1.0"),
    "vhd-type": ("Hard Disk Footer Format", "the disk type is fixed, dynamic or differencing"),
    "vhd-size": ("Hard Disk Footer Format", "the size is a multiple of 512, above 0, at most 2,040 GiB"),
    "vhd-fixed-size": ("Fixed Hard Disk Image", "a fixed file holds all of the disk before its footer"),
    "vhd-header": ("Dynamic Disk Header Format", "the header has the cookie 'cxsparse', its checksum and version 1.0"),
    "vhd-block-size": ("Dynamic Disk Header Format", "the block size is a power of two from 4 KiB to 256 MiB"),
    "vhd-table": ("Block Allocation Table", "the table lies in the file and has an entry for every block"),
    "vhd-block-place": ("Block Allocation Table", "a block lies in the file, after the headers and off the table"),
    "vhd-block-shared": ("Block Allocation Table", "no two blocks share a place in the file"),
    "vhd-parent-name": ("Dynamic Disk Header Format", "the parent's name is text without NUL and names a file"),
    "vhd-parent-missing": ("Differencing Hard Disk Image", "the parent is a regular file in the child's folder"),
    "vhd-parent-id": ("Differencing Hard Disk Image", "the parent's unique id is the one in the child's header"),
    "vhd-parent-cycle": ("Differencing Hard Disk Image", "a file must not be its own ancestor"),
    "vhd-parent-depth": ("Differencing Hard Disk Image", "a chain is at most 256 files deep"),
}
RULES = MappingProxyType({code: Rule(f"VHD {section}", text) for code, (section, text) in _TEXTS.items()})
