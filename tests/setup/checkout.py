"""A small checkout with one requirement, and the folder of wheels it comes from."""

import json
import subprocess
import zipfile
from hashlib import sha256
from pathlib import Path

from tools import browser_files
from tools.installation import Installation

METADATA = "Metadata-Version: 2.1\nName: greeting\nVersion: {version}\n"
WHEEL = "Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n"


class Checkout:
    """What a clone of the project looks like to the set-up; fonts and icons count as built."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.installation = Installation(root)

    @classmethod
    def new(cls, root: Path) -> "Checkout":
        root.mkdir()
        for name in ("package.json", "package-lock.json"):
            (root / name).write_text(json.dumps({}))
        stamp = browser_files.stamp(root)
        stamp.parent.mkdir(parents=True)
        stamp.write_text(browser_files.digest(root))
        return cls(root)

    def require(self, wheel: Path) -> None:
        version = wheel.name.split("-")[1]
        digest = sha256(wheel.read_bytes()).hexdigest()
        (self.root / "requirements.txt").write_text(f"greeting=={version} --hash=sha256:{digest}\n")

    def greet(self) -> str:
        """What the installed package says, nothing when it is not whole."""
        ask = [self.installation.python, "-I", "-c", "import greeting; print(greeting.words)"]
        return subprocess.run(ask, capture_output=True, text=True, check=False).stdout.strip()

    def times(self) -> dict[Path, int]:
        """When each file was last written."""
        return {path: path.lstat().st_mtime_ns for path in self.root.rglob("*") if path.name != "lock"}


def make_wheel(folder: Path, version: str) -> Path:
    """A package whose only module is `words = "hello VERSION"`."""
    wheel = folder / f"greeting-{version}-py3-none-any.whl"
    info = f"greeting-{version}.dist-info"
    with zipfile.ZipFile(wheel, "w") as content:
        content.writestr("greeting.py", f"words = 'hello {version}'\n")
        content.writestr(f"{info}/METADATA", METADATA.format(version=version))
        content.writestr(f"{info}/WHEEL", WHEEL)
        content.writestr(f"{info}/RECORD", "")
    return wheel
