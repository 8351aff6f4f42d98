"""Three ways to get a backup wrong. Each is a small slip in the toy backup program."""

import shutil

from toy_adapter import ToyAdapter
from toy_backup import BackupProgram


class ForgetsToThaw(ToyAdapter):
    class Program(BackupProgram):
        def thaw_writer(self) -> None:
            pass

    program_class = Program


class CopiesBeforeTheSnapshot(ToyAdapter):
    class Program(BackupProgram):
        def take_snapshot(self) -> None:
            for disk in self.database.disks:
                shutil.copyfile(disk, self.image / disk.name)
            super().take_snapshot()

    program_class = Program


class DropsOneDisk(ToyAdapter):
    class Program(BackupProgram):
        def copy_disk(self, disk: int) -> None:
            if disk > 0:
                super().copy_disk(disk)

    program_class = Program
