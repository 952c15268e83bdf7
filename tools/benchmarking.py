"""./bench: set up with the test tools, then run one benchmark, or say which there are."""

import argparse
import os
from pathlib import Path

from tools import peers
from tools.command import SentenceParser, ending_well
from tools.installation import Installation
from tools.progress import say

WITH_PEERS = {"live"}


def main() -> None:
    installation = Installation()
    names = benchmarks(installation.root)
    parser = SentenceParser(
        prog="bench", description="Measure on this machine. Without a name: what there is."
    )
    parser.add_argument("name", nargs="?", help=" or ".join(names))
    parser.add_argument("arguments", nargs=argparse.REMAINDER, help="go to the benchmark")
    options = parser.parse_args()
    if options.name is None:
        say("\n".join(f"./bench {name}" for name in names) or "There is no benchmark yet.")
        return
    if options.name not in names:
        parser.error(f"there is no benchmark {options.name}")
    with ending_well("bench"):
        installation.prepare(tests=True)
        if options.name in WITH_PEERS:
            peers.prepare(installation)
    os.chdir(installation.root)
    python = str(installation.python)
    os.execv(python, [python, "-m", f"benchmarks.{options.name}", *options.arguments])


def benchmarks(root: Path) -> list[str]:
    """The modules that can be run: `_name.py` is what they share."""
    return sorted(path.stem for path in root.glob("benchmarks/*.py") if not path.stem.startswith("_"))
