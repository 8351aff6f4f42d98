"""The rules of MS-VHDX that a file is held to, by code. Sections are those of the published specification."""

from __future__ import annotations

from types import MappingProxyType

from hvmodel.stores.refusal import Rule


def _rule(section: str, text: str) -> Rule:
    return Rule(f"MS-VHDX {section}", text)


RULES = MappingProxyType({
    "file-signature": _rule("2.2.1", "a VHDX file starts with 'vhdxfile'"),
    "file-size": _rule("2.2", "the file must be large enough for its header section (1 MiB)"),
    # headers
    "header-copy": _rule("2.2.2", "a header has the signature 'head' and a matching CRC-32C"),
    "headers-bad": _rule("2.2.2", "at least one of the two headers must be valid"),
    "headers-ambiguous": _rule("2.2.2", "two valid headers with one sequence number must be identical"),
    "header-version": _rule("2.2.2", "the format version must be 1"),
    "header-sequence": _rule("2.2.2", "the sequence number must leave room to be increased"),
    "log-version": _rule("2.2.2", "the log version must be 0 when there is a log"),
    # regions
    "region-copy": _rule("2.2.3", "a region table has the signature 'regi' and a matching CRC-32C"),
    "region-tables-bad": _rule("2.2.3", "at least one of the two region tables must be valid"),
    "region-count": _rule("2.2.3.1", "a region table has at most 2,047 entries"),
    "region-bounds": _rule("2.2.3.2", "offset and length are multiples of 1 MiB, from 1 MiB on, inside the file"),
    "region-overlap": _rule("2.2", "regions and the log must not overlap"),
    "region-duplicate": _rule("2.2.3.2", "a region may be listed once"),
    "region-unknown": _rule("2.2.3.2", "an unknown region that is required forbids opening"),
    "region-missing": _rule("2.2.3", "the block allocation table and the metadata region must exist"),
    # log
    "log-length": _rule("2.2.2", "the log lies in the file, its offset and length multiples of 1 MiB, above 0"),
    "log-empty": _rule("2.3.2", "a header that names a log needs a valid sequence of entries with its GUID"),
    "log-truncated-file": _rule("2.3.3", "the file must not be smaller than the entry's FlushedFileOffset"),
    "log-file-size": _rule("2.3.1.1", "LastFileOffset must be a size that a VHDX file can have"),
    "log-target": _rule("2.3.1", "a descriptor must not aim at the file identifier, the headers or the log"),
    "log-zero-length": _rule("2.3.1.2", "a zero descriptor covers metadata inside the file, not the whole disk"),
    "log-dirty": _rule("2.3.3", "a log with entries must be replayed before the file is read"),
    # metadata
    "metadata-signature": _rule("2.6.1.1", "the metadata table starts with 'metadata'"),
    "metadata-count": _rule("2.6.1.1", "at most 2,047 entries, of which at most 1,024 are the user's"),
    "metadata-offset": _rule("2.6.1.2", "an item lies at 64 KiB or later, inside the region, and has at most 1 MiB"),
    "metadata-overlap": _rule("2.6.1.2", "items must not overlap"),
    "metadata-duplicate": _rule("2.6.1.2", "an item may be listed once"),
    "metadata-unknown": _rule("2.6.1.2", "an unknown item that is required forbids opening"),
    "metadata-flags": _rule("2.6.2", "a known item has exactly the flags the table of known items gives it"),
    "metadata-missing": _rule("2.6.2", "every known item must exist"),
    "metadata-length": _rule("2.6.2", "a known item has the length of its structure"),
    "block-size": _rule("2.6.2.1", "the block size is a power of two from 1 MiB to 256 MiB"),
    "parameter-flags": _rule("2.6.2.1", "reserved flags of the file parameters are zero"),
    "disk-size": _rule("2.6.2.2", "the disk size is a multiple of the sector size, above 0, at most 64 TiB"),
    "sector-size": _rule("2.6.2.4", "the logical sector size is 512 or 4096"),
    "physical-sector-size": _rule("2.6.2.5", "the physical sector size is 512 or 4096"),
    # block allocation
    "table-size": _rule("2.5", "the block allocation table must hold an entry for every block of the disk"),
    "block-state": _rule("2.5.1.1", "payload states are 0, 1, 2, 3, 6 and 7"),
    "bitmap-state": _rule("2.5.1.2", "sector bitmap states are 0 and 6"),
    "block-reserved": _rule("2.5.1", "reserved bits of an entry are zero"),
    "block-without-parent": _rule("2.5.1.1", "partially present blocks exist only in differencing files"),
    "block-without-bitmap": _rule("2.5.1.1", "a partially present block needs its sector bitmap"),
    "block-in-structure": _rule("2.2", "a block must not lie in the header section, the log or a region"),
    "block-beyond-end": _rule("2.2", "a block must lie inside the file"),
    "block-shared": _rule("2.5", "no two blocks may share a place in the file"),
    # parent locator
    "locator-missing": _rule("2.6.2.6", "a differencing file has a parent locator"),
    "locator-unexpected": _rule("2.6.2.6", "only a differencing file has a parent locator"),
    "locator-type": _rule("2.6.2.6.1", "the locator type is B04AEFB7-D19E-4A81-B789-25B8E9445913"),
    "locator-count": _rule("2.6.2.6.1", "the locator has at least one entry and its table fits the item"),
    "locator-offset": _rule("2.6.2.6.2", "keys and values lie inside the item, after its table, and are not empty"),
    "locator-text": _rule("2.6.2.6.2", "keys and values are UTF-16 text of even length without NUL"),
    "locator-duplicate": _rule("2.6.2.6.3", "a key may appear once"),
    "locator-linkage": _rule("2.6.2.6.3", "parent_linkage must be present, a GUID in braces"),
    # chain
    "parent-path": _rule("2.6.2.6.3", "a parent is looked for by name in the child's own folder only"),
    "parent-missing": _rule("2.6.2.6.3", "the parent must be in the child's folder"),
    "parent-not-regular": _rule("2.6.2.6.3", "a parent must be a regular file, not a link, pipe, device or folder"),
    "parent-cycle": _rule("2.6.2.6", "a file must not be its own ancestor"),
    "parent-depth": _rule("2.6.2.6", "a chain is at most 256 files deep"),
    "parent-linkage": _rule("2.6.2.6.3", "the parent's DataWriteGuid must be the child's linkage or second linkage"),
    "parent-sector-size": _rule("2.6.2.4", "parent and child have one logical sector size"),
})  # fmt: skip
