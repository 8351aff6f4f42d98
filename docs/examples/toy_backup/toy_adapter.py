"""The toy backup program behind the spec `two_disks.hvs`."""

from pathlib import Path

import hvcheck
from toy_backup import BackupProgram, Database


def content(folder: Path, disk: int) -> int | None:
    """The value on a disk's file, None if there is no file."""
    file = folder / f"disk{disk}.img"
    return file.read_bytes()[0] if file.exists() else None


class ToyAdapter(hvcheck.Adapter):
    program_class = BackupProgram

    def start(self) -> None:
        self.database = Database(self.folder, self.sizes["DISK"])
        self.program = self.program_class(self.database, self.folder / "backup")

    # What happens: each method is called when the spec takes that step.

    @hvcheck.on("Write")
    def write(self, d: int, x: int) -> None:
        self.database.write(d, x)

    @hvcheck.on("Database.OnFreeze")
    def freeze(self) -> None:
        self.program.freeze_writer()

    @hvcheck.on("TakeSnapshot")
    def take_snapshot(self) -> None:
        self.program.take_snapshot()

    @hvcheck.on("Database.OnThaw")
    def thaw(self) -> None:
        self.program.thaw_writer()

    @hvcheck.on("Copy")
    def copy(self, d: int) -> None:
        self.program.copy_disk(d)

    @hvcheck.on("DeleteSnapshot")
    def delete_snapshot(self) -> None:
        self.program.delete_snapshot()

    # What can be seen: after every step, each of these is compared with the spec.

    @hvcheck.observe("live")
    def live(self, disk: int) -> int | None:
        return content(self.folder, disk)

    @hvcheck.observe("snapshot")
    def snapshot(self, disk: int) -> int | None:
        return content(self.program.snapshot, disk)

    @hvcheck.observe("image")
    def image(self, disk: int) -> int | None:
        return content(self.program.image, disk)

    @hvcheck.observe("Database.frozen")
    def frozen(self) -> bool:
        return self.database.lock.exists()
