"""Coverage-guided fuzzing of every structure, outside CI: `python tests/stores/fuzz_atheris.py -max_total_time=600`.

Needs atheris; run from the repository's root with model/ and tests/ on PYTHONPATH.
"""

from __future__ import annotations

import sys

import atheris

with atheris.instrument_imports(include=["hvmodel.stores"]):
    from stores.fuzzing import TARGETS, attempt, sound


def one(data: bytes) -> None:
    if data:
        attempt(TARGETS[data[0] % len(TARGETS)], data[1:])


def main() -> None:
    sound()
    atheris.Setup(sys.argv, one)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
