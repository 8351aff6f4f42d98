"""CRC-32C (Castagnoli) of whole byte strings."""

from __future__ import annotations

import google_crc32c


def crc32c(data: bytes) -> int:
    """As the formats here store it: 32 bits, no inversion left to do."""
    return int(google_crc32c.value(data))
