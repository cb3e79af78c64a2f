"""Bring browser files from npm into the tree, byte for byte, with licences and checksums."""

import hashlib
import json
import shutil
import subprocess
import sys
import tarfile
import tempfile
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent
STATIC = ROOT / "static"


@dataclass(frozen=True, slots=True)
class Wanted:
    name: str
    version: str
    files: tuple[str, ...]  # inside the npm package
    into: str = "static/vendor"


# Drawn into pages by the macro `icon`; a phone draws few of them.
ICONS = (
    "check", "chevron-right", "circle-pause", "copy", "door-open", "eye", "eye-off", "hand", "lock",
    "lock-open", "message-square", "monitor", "moon", "plus", "printer", "smartphone", "sun",
)  # fmt: skip

WANTED = (
    Wanted("socket.io-client", "4.8.4", ("dist/socket.io.esm.min.js",)),
    Wanted("idiomorph", "0.8.0", ("dist/idiomorph.min.js",)),
    Wanted("lucide-static", "1.62.0", tuple(f"icons/{name}.svg" for name in ICONS), "templates/icons"),
    Wanted(
        "@fontsource-variable/literata",
        "5.3.0",
        tuple(f"files/literata-{part}-wght-normal.woff2" for part in ("latin", "latin-ext")),
        "static/fonts",
    ),
    Wanted(
        "@fontsource-variable/atkinson-hyperlegible-next",
        "5.3.0",
        tuple(
            f"files/atkinson-hyperlegible-next-{part}-wght-normal.woff2" for part in ("latin", "latin-ext")
        ),
        "static/fonts",
    ),
    # Only the tests inject this one; it is never served.
    Wanted("axe-core", "4.14.1", ("axe.min.js",), "tests/e2e/vendor"),
)


def main() -> None:
    if shutil.which("npm") is None:
        sys.exit("make vendor needs npm: install Debian's package npm, then run it again.")
    (STATIC / "licenses").mkdir(exist_ok=True)
    entries = [entry for wanted in WANTED for entry in vendor(wanted)]
    (STATIC / "vendor" / "vendor.json").write_text(json.dumps(entries, indent=2) + "\n")


def vendor(wanted: Wanted) -> list[dict[str, str]]:
    into = ROOT / wanted.into
    into.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, tarfile.open(pack(wanted, Path(folder))) as package:
        licence = json.loads(member(package, "package.json"))["license"]
        (STATIC / "licenses" / f"{plain(wanted.name)}.txt").write_bytes(member(package, "LICENSE"))
        entries = [entry(wanted, into, licence, path, member(package, path)) for path in wanted.files]
    print(f"{wanted.name} {wanted.version} ({licence}): {len(entries)} files into {wanted.into}")
    return entries


def entry(wanted: Wanted, into: Path, licence: str, path: str, source: bytes) -> dict[str, str]:
    file = into / Path(path).name
    file.write_bytes(source)
    return {
        "name": wanted.name,
        "version": wanted.version,
        "licence": licence,
        "file": str(file.relative_to(ROOT)),
        "sha256": hashlib.sha256(source).hexdigest(),
    }


def plain(name: str) -> str:
    return name.lstrip("@").replace("/", "-")


def pack(wanted: Wanted, folder: Path) -> Path:
    # npm compares the package with the registry's own checksum before it writes it here.
    package = f"{wanted.name}@{wanted.version}"
    subprocess.run(["npm", "pack", "--silent", package], cwd=folder, check=True, stdout=subprocess.DEVNULL)
    (packed,) = folder.glob("*.tgz")
    return packed


def member(package: tarfile.TarFile, path: str) -> bytes:
    file = package.extractfile(f"package/{path}")
    if file is None:
        raise FileNotFoundError(path)
    return file.read()


if __name__ == "__main__":
    main()
