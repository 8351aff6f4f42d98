"""Moving a whole disk's content: into a raw file, or into a new VHDX file."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator

from hvmodel.stores.device import Device, FileDevice
from hvmodel.stores.pieces import Chain, L
from hvmodel.stores.vhdx.writer import Writer

_STEP = 4 << 20
_KERNEL_STEP = 64 << 20
_NO_KERNEL_COPY = frozenset({errno.EXDEV, errno.ENOSYS, errno.EINVAL, errno.EOPNOTSUPP, errno.EPERM})


def to_raw(chain: Chain[L], target: Device) -> Iterator[int]:
    """The disk's bytes into an empty file, zeros left as holes; yields the bytes done so far. Not flushed."""
    target.resize(chain.size)
    for piece in chain.pieces(0, chain.size):
        if piece.level >= 0:
            source = chain.images[piece.level].device
            for done in copy_range(source, piece.at, target, piece.start, piece.length):
                yield piece.start + done
        yield piece.start + piece.length


def copy_range(source: Device, source_at: int, target: Device, target_at: int, length: int) -> Iterator[int]:
    """Copy bytes, in the kernel where it can; yields the bytes done so far."""
    done = 0
    if isinstance(source, FileDevice) and isinstance(target, FileDevice):
        for done in _copy_in_kernel(source, source_at, target, target_at, length):
            yield done
    while done < length:
        part = min(_STEP, length - done)
        target.write(target_at + done, source.read(source_at + done, part))
        done += part
        yield done


def _copy_in_kernel(
    source: FileDevice, source_at: int, target: FileDevice, target_at: int, length: int
) -> Iterator[int]:
    """Ends early where the system cannot, or where the source ends."""
    done = 0
    while done < length:
        part = min(_KERNEL_STEP, length - done)
        try:
            copied = os.copy_file_range(source.descriptor, target.descriptor, part, source_at + done, target_at + done)
        except OSError as error:
            if error.errno not in _NO_KERNEL_COPY:
                raise
            return
        if copied == 0:
            return
        done += copied
        yield done


def to_vhdx(chain: Chain[L], writer: Writer) -> Iterator[int]:
    """The disk's content into a new VHDX file of the same size; blocks of zeros stay unallocated. Flushed."""
    block_size = writer.image.geometry.block_size
    sector = writer.image.geometry.sector
    for piece in chain.pieces(0, chain.size):
        offset, end = piece.start, piece.start + piece.length
        while piece.level >= 0 and offset < end:
            part = min(end, (offset // block_size + 1) * block_size, offset + _STEP) - offset
            data = chain.images[piece.level].device.read(piece.at + offset - piece.start, part)
            if data != bytes(part):
                _write_sectors(writer, chain, offset, data, sector)
            offset += part
            yield offset
        yield end
    writer.close()


def _write_sectors(writer: Writer, chain: Chain[L], offset: int, data: bytes, sector: int) -> None:
    """A piece may begin or end inside a sector of the target; then the sector is read whole."""
    low, high = offset - offset % sector, -(-(offset + len(data)) // sector) * sector
    if (low, high) != (offset, offset + len(data)):
        inside = min(high, chain.size) - low
        data = chain.read(low, inside) + bytes(high - low - inside)
    writer.write(low, data)
