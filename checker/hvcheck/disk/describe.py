"""What a file is, as plain data for a table or for JSON."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from hvcheck.disk.opening import Kind, Opened
from hvmodel.stores.vhd.footer import DIFFERENCING, FIXED
from hvmodel.stores.vhd.image import VhdImage
from hvmodel.stores.vhdx.entry import STATE_NAMES
from hvmodel.stores.vhdx.image import Image


def describe(disk: Opened) -> list[dict[str, Any]]:
    """One table per file from the leaf to the base. Sizes in bytes."""
    tell = _TELL[disk.kind]
    return [{"file": name, **tell(image)} for name, image in zip(disk.names, disk.chain.images, strict=True)]


def describe_vhdx(image: Image) -> dict[str, Any]:
    metadata, header = image.metadata, image.current.header
    kind = "differencing" if metadata.locator else "fixed" if metadata.leave_allocated else "dynamic"
    states = {STATE_NAMES[state]: count for state, count in enumerate(image.usage.states) if count}
    found: dict[str, Any] = {
        "format": f"VHDX, {kind}",
        "disk size": metadata.disk_size,
        "file size": image.file.size(),
        "block size": metadata.block_size,
        "sector size": metadata.logical,
        "physical sector size": metadata.physical,
        "disk id": str(metadata.disk_id),
        "data write id": str(header.data_write),
        "file write id": str(header.file_write),
        "log": "dirty (replayed in memory)" if image.replayed else "empty",
        "blocks": states,
        "sector bitmaps": image.usage.bitmaps,
    }
    if metadata.locator is not None:
        found["parent paths"] = list(metadata.locator.paths)
        found["parent ids"] = sorted(str(one) for one in metadata.locator.linkages)
    return found


def describe_vhd(image: VhdImage) -> dict[str, Any]:
    kind = {FIXED: "fixed", DIFFERENCING: "differencing"}.get(image.footer.kind, "dynamic")
    found: dict[str, Any] = {
        "format": f"VHD 1.0, {kind}",
        "disk size": image.size,
        "file size": image.device.size(),
        "disk id": str(image.footer.identity),
    }
    if image.footer.kind != FIXED:
        found["block size"] = image.header.block_size
    if image.differencing:
        found["parent paths"] = [image.header.parent_name]
        found["parent ids"] = [str(image.header.parent_id)]
    return found


_TELL: Mapping[Kind, Callable[[Any], dict[str, Any]]] = MappingProxyType(
    {
        "vhdx": describe_vhdx,
        "vhdset": describe_vhdx,
        "vhd": describe_vhd,
        "raw": lambda image: {"format": "raw", "disk size": image.size},
    }
)


def bytes_text(count: int) -> str:
    """1,073,741,824 bytes as '1 GiB'; what is not a round number keeps its bytes."""
    size = float(count)
    for unit in ("bytes", "KiB", "MiB", "GiB", "TiB"):
        if size < 1024 or unit == "TiB":
            text = f"{size:.2f}".rstrip("0").rstrip(".")
            return f"{text} {unit}" if unit == "bytes" else f"{text} {unit} ({count:,} bytes)"
        size /= 1024
    raise AssertionError("unreachable")
