"""Pin every package by hash, naming no registry. Run after changing a *.in file or package.json:

.venv/bin/python -m tools.locks
"""

import json
import subprocess
import sys
from pathlib import Path

from tools.installation import ROOT

LOCKS = ("requirements", "requirements-services", "requirements-dev", "requirements-node")
PIN = (
    "pip compile --quiet --universal --python-version 3.11 --fork-strategy fewest --only-binary :all: "
    "--generate-hashes --no-header --no-annotate --no-emit-index-url --no-emit-find-links"
)


def main() -> None:
    for name in LOCKS:
        pin = [sys.executable, "-m", "uv", *PIN.split(), f"{name}.in", "--output-file", f"{name}.txt"]
        subprocess.run([*pin, *sys.argv[1:]], cwd=ROOT, check=True)
    subprocess.run([*"npm install --package-lock-only --ignore-scripts".split()], cwd=ROOT, check=True)
    forget_addresses(ROOT / "package-lock.json")


def forget_addresses(lock: Path) -> None:
    """npm notes where each author takes donations; a lock needs names, versions and hashes only."""
    content = json.loads(lock.read_text())
    for package in content["packages"].values():
        package.pop("funding", None)
    lock.write_text(json.dumps(content, indent=2) + "\n")


if __name__ == "__main__":
    main()
