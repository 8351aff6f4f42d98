from pathlib import Path

import hvcheck
from toy_adapter import ToyAdapter

SPEC = Path(__file__).parent / "two_disks.hvs"

TestToyBackup = hvcheck.state_machine(SPEC, adapter=ToyAdapter).TestCase
