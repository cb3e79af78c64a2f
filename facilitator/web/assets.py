"""Static files: joined, minified, pre-compressed, and under an address that changes with their content."""

import fcntl
import hashlib
import json
import os
import shutil
from pathlib import Path
from typing import Any

import rcssmin
import rjsmin
from whitenoise import WhiteNoise
from whitenoise.compress import Compressor

from facilitator.web import headers, modules

STATIC = Path(__file__).parent.parent.parent / "static"
_KEPT = ("css", "js", "vendor", "fonts")
# Of the fixed headers those that mean something for a file; the others are about documents.
_FOR_FILES = ("X-Content-Type-Options", "Cross-Origin-Resource-Policy", "X-Robots-Tag")


def build(data_dir: Path) -> tuple[Path, str]:
    """Copy the static tree into the data folder, joined and compressed; return the folder and its hash.

    A tree that was built before is used as it is, so a second start takes no time.
    """
    name = _hash()
    built = data_dir / "static" / name
    # A server and a command line may start in the same moment; one builds, the other waits and finds it.
    with (data_dir / "static.lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        if not built.exists():
            _build(built)
    return built, name


def serve(wsgi_app: Any, built: Path, name: str, *, https: bool) -> WhiteNoise:
    """Serve the built tree in front of an app, to be kept by browsers for ever."""

    def add_headers(into: Any, _path: str, _url: str) -> None:
        for key in _FOR_FILES:
            into[key] = headers.FIXED[key]
        if https:
            into["Strict-Transport-Security"] = headers.HSTS

    return WhiteNoise(
        wsgi_app,
        root=str(built),
        prefix=f"static/{name}/",
        immutable_file_test=lambda path, url: True,
        add_headers_function=add_headers,
        allow_all_origins=False,
    )


def _build(built: Path) -> None:
    shutil.rmtree(built.parent, ignore_errors=True)
    draft = built.with_suffix(".draft")
    for folder in _KEPT:
        if (STATIC / folder).exists():
            shutil.copytree(STATIC / folder, draft / folder)
    _join_styles(draft / "css")
    _join_phone(draft)
    _minify(draft)
    _compress(draft)
    _undate(draft)
    draft.rename(built)


def _hash() -> str:
    # A build made in another way is another build.
    digest = hashlib.sha256(Path(__file__).read_bytes() + Path(modules.__file__).read_bytes())
    for path in sorted(STATIC.rglob("*")):
        if path.is_file():
            digest.update(str(path.relative_to(STATIC)).encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:12]


def _join_styles(css: Path) -> None:
    """Write one file per page, so that a phone asks for its styles once."""
    pages = json.loads((css / "pages.json").read_text())
    for page, parts in pages.items():
        joined = "\n".join((css / part).read_text() for part in parts)
        (css / page).write_text(joined)


def _join_phone(folder: Path) -> None:
    """Write all that a member's page runs into one file; Idiomorph is a classic script and goes first."""
    phone = folder / "js" / "phone.js"
    classic = (folder / "vendor" / "idiomorph.min.js").read_text()
    joined = modules.join(phone.parent, phone.stem, rjsmin.jsmin)
    phone.write_text(f"{classic}\nwindow.Idiomorph = Idiomorph;\n{joined}")


def _minify(folder: Path) -> None:
    """Drop comments and spaces; names stay, so that what a browser shows can be read."""
    for kind, shorter in (("css", rcssmin.cssmin), ("js", rjsmin.jsmin)):
        for path in sorted((folder / kind).rglob(f"*.{kind}")):
            if path.name != "phone.js":
                path.write_text(shorter(path.read_text()))


def _compress(folder: Path) -> None:
    compressor = Compressor(quiet=True)
    for path in sorted(folder.rglob("*")):
        if path.is_file() and compressor.should_compress(path.name):
            compressor.compress(str(path))


def _undate(folder: Path) -> None:
    """Leave files without a date: what never changes under its address need not say since when."""
    for path in folder.rglob("*"):
        os.utime(path, (0, 0))
