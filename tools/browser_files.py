"""Copy what the browser loads from node_modules/ to static/vendor/, which is not committed."""

import hashlib
import json
import re
import shutil
from pathlib import Path

from tools.progress import SetupError, say

ATKINSON = "@fontsource-variable/atkinson-hyperlegible-next/files/atkinson-hyperlegible-next"
FRAUNCES = "@fontsource-variable/fraunces/files/fraunces"

FONTS = {
    "atkinson.woff2": f"{ATKINSON}-latin-wght-normal.woff2",
    "atkinson-ext.woff2": f"{ATKINSON}-latin-ext-wght-normal.woff2",
    "atkinson-italic.woff2": f"{ATKINSON}-latin-wght-italic.woff2",
    "fraunces.woff2": f"{FRAUNCES}-latin-soft-normal.woff2",
    "fraunces-ext.woff2": f"{FRAUNCES}-latin-ext-soft-normal.woff2",
}
TYPES = 'export { io } from "socket.io-client";\n'
SYMBOL = (
    '<symbol id="{name}" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="2" '
    'stroke-linecap="round" stroke-linejoin="round">{shapes}</symbol>'
)


def stamp(root: Path) -> Path:
    return root / "static" / "vendor" / ".stamp"


def digest(root: Path) -> str:
    """Changes when any of the files that `build` reads would come out differently."""
    sources = (root / "package.json", root / "package-lock.json", Path(__file__))
    return hashlib.sha256(b"".join(source.read_bytes() for source in sources)).hexdigest()


def build(root: Path, built: str) -> None:
    """Make the folder beside its place, then put it there whole."""
    say("Preparing fonts, icons and scripts")
    modules, target = root / "node_modules", root / "static" / "vendor"
    fresh = target.with_name(".vendor-new")
    shutil.rmtree(fresh, ignore_errors=True)
    (fresh / "fonts").mkdir(parents=True)
    for name, source in FONTS.items():
        shutil.copyfile(modules / source, fresh / "fonts" / name)
    (fresh / "socket.io.esm.min.js").write_text(
        _script(modules / "socket.io-client/dist/socket.io.esm.min.js")
    )
    (fresh / "socket.io.esm.min.d.ts").write_text(TYPES)  # the type checker takes it for the minified script
    (fresh / "icons.svg").write_text(sprite(root))
    _copy_licences(root, fresh / "licenses")
    (fresh / ".stamp").write_text(built)
    shutil.rmtree(target, ignore_errors=True)
    fresh.rename(target)


def _script(source: Path) -> str:
    """The map it names is not served, and browsers complain about that."""
    return re.sub(r"\n//# sourceMappingURL=.*", "", source.read_text())


def sprite(root: Path) -> str:
    """One SVG with a <symbol> for each icon that package.json lists."""
    names = json.loads((root / "package.json").read_text())["recoveryNet"]["icons"]
    symbols = [_symbol(root / "node_modules/lucide-static/icons", name) for name in names]
    return '<svg xmlns="http://www.w3.org/2000/svg">\n{}\n</svg>\n'.format("\n".join(symbols))


def _symbol(icons: Path, name: str) -> str:
    try:
        drawing = (icons / f"{name}.svg").read_text()
    except FileNotFoundError:
        raise SetupError(
            f"package.json asks for the icon “{name}”, which Lucide does not have: take another name."
        ) from None
    shapes = re.sub(
        r"\s+", " ", drawing[drawing.index(">", drawing.index("<svg")) + 1 : drawing.index("</svg>")]
    )
    return SYMBOL.format(name=name, shapes=shapes.strip().replace("> <", "><").replace(" />", "/>"))


def _copy_licences(root: Path, target: Path) -> None:
    target.mkdir()
    packages = json.loads((root / "package-lock.json").read_text())["packages"]
    for folder in (path for path, package in packages.items() if path and not package.get("dev")):
        for licence in (root / folder).glob("LICEN[CS]E*"):
            name = folder.removeprefix("node_modules/").replace("/", "-")
            shutil.copyfile(licence, target / f"{name}.txt")
