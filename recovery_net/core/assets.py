"""Scripts, styles, fonts: fetched once, kept for a year, fetched anew when anything in them has changed.

The version stands in the path, so that what a script imports or a style names beside itself has it too: a page never
mixes the modules of two versions.
"""

import gzip
import hashlib
import re
from functools import lru_cache
from pathlib import Path
from typing import Any

from flask import Flask, Response, request, send_from_directory

_YEAR = 365 * 24 * 3600
_VERSIONED = re.compile(r"v([0-9a-f]{10})/(.+)")
_SHRINKS = {".css", ".js", ".svg"}


def init(app: Flask, folder: Path) -> None:
    """Serve a folder at `/static/`; `url_for("static", filename=…)` puts the version in."""
    version = _version_of(folder)

    @app.url_defaults
    def stamp(endpoint: str, values: dict[str, Any]) -> None:
        if endpoint == "static" and not _VERSIONED.match(values.get("filename", "")):
            values["filename"] = f"v{version}/{values['filename']}"

    @app.get("/static/<path:filename>", endpoint="static")
    def serve(filename: str) -> Response:
        named = _VERSIONED.fullmatch(filename)
        response = _file(folder, named[2] if named else filename)
        if named and named[1] == version:
            response.headers["Cache-Control"] = f"public, max-age={_YEAR}, immutable"
        else:
            response.headers["Cache-Control"] = "no-cache"
        return response


def _version_of(folder: Path) -> str:
    digest = hashlib.sha256()
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        digest.update(path.relative_to(folder).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:10]


def _file(folder: Path, name: str) -> Response:
    response = send_from_directory(folder, name)  # answers 404 for whatever is not inside
    path = folder / name
    if path.suffix not in _SHRINKS:
        return response
    response.headers["Vary"] = "Accept-Encoding"
    if not request.accept_encodings.quality("gzip") or response.status_code != 200:
        return response
    response.close()
    small = Response(_shrunk(path, path.stat().st_mtime_ns), mimetype=response.mimetype)
    small.headers["Content-Encoding"] = "gzip"
    small.headers["Vary"] = "Accept-Encoding"
    return small


@lru_cache(maxsize=256)
def _shrunk(path: Path, _changed: int) -> bytes:
    return gzip.compress(path.read_bytes(), mtime=0)
