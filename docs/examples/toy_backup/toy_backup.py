"""A toy backup program: disks are files, a freeze is a lock file, a snapshot is a folder of copies."""

import shutil
from pathlib import Path


class FrozenError(Exception):
    """The database does not write now."""


class Database:
    """Keeps one value on each of its disks."""

    def __init__(self, folder: Path, disk_count: int) -> None:
        self.folder = folder
        self.lock = folder / "frozen"
        self.disks = [folder / f"disk{number}.img" for number in range(disk_count)]
        for disk in self.disks:
            disk.write_bytes(bytes(512))

    def write(self, disk: int, value: int) -> None:
        if self.lock.exists():
            raise FrozenError
        self.disks[disk].write_bytes(bytes([value]) * 512)

    def freeze(self) -> None:
        self.lock.touch()

    def thaw(self) -> None:
        self.lock.unlink()


class BackupProgram:
    """Backs up the disks of a database. The methods are its stages, in the order in which they are called."""

    def __init__(self, database: Database, target: Path) -> None:
        self.database = database
        self.snapshot = target / "snapshot"
        self.image = target / "image"
        self.image.mkdir(parents=True)

    def freeze_writer(self) -> None:
        self.database.freeze()

    def take_snapshot(self) -> None:
        self.snapshot.mkdir()
        for disk in self.database.disks:
            shutil.copyfile(disk, self.snapshot / disk.name)

    def thaw_writer(self) -> None:
        self.database.thaw()

    def copy_disk(self, disk: int) -> None:
        name = self.database.disks[disk].name
        shutil.copyfile(self.snapshot / name, self.image / name)

    def delete_snapshot(self) -> None:
        shutil.rmtree(self.snapshot)
