"""Writes into the pages what their commands print now: `make docs`. Read the difference before committing it."""

from __future__ import annotations

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[1]))
    from docs.fences import ROOT
    from docs.walk import walk

    for page in ("docs/tutorial.md", "docs/authoring.md", "docs/your-own-tool.md", "README.md"):
        with TemporaryDirectory() as folder:
            followed = list(walk(page, Path(folder)))
        text, done = (ROOT / page).read_text(encoding="utf-8"), ""
        for fence, printed in followed:
            before, _, text = text.partition(f"```console\n{fence.text}```")
            done += f"{before}```console\n{printed}```"
        (ROOT / page).write_text(done + text, encoding="utf-8")
