"""Where the specs and texts lie that come with the package. Wheels are unpacked, so that is a folder on the disk."""

from __future__ import annotations

from pathlib import Path

FOLDER = Path(__file__).parent
