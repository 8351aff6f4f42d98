"""The example of the documentation, as a user has it on the path."""

from __future__ import annotations

import sys
from pathlib import Path

FOLDER = Path(__file__).parents[2] / "docs/examples/toy_backup"
SPEC = FOLDER / "two_disks.hvs"

sys.path.insert(0, str(FOLDER))

from toy_adapter import ToyAdapter  # noqa: E402
from wrong_tools import CopiesBeforeTheSnapshot, DropsOneDisk, ForgetsToThaw  # noqa: E402

__all__ = ["FOLDER", "SPEC", "CopiesBeforeTheSnapshot", "DropsOneDisk", "ForgetsToThaw", "ToyAdapter"]
