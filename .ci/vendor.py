"""Bring browser libraries from npm into static/vendor/, byte for byte, with licences and checksums."""

import hashlib
import json
import shutil
import subprocess
import sys
import tarfile
import tempfile
from dataclasses import dataclass
from pathlib import Path

STATIC = Path(__file__).parent.parent / "static"


@dataclass(frozen=True, slots=True)
class Wanted:
    name: str
    version: str
    path: str  # inside the npm package


WANTED = (
    Wanted("socket.io-client", "4.8.4", "dist/socket.io.esm.min.js"),
    Wanted("idiomorph", "0.8.0", "dist/idiomorph.min.js"),
)


def main() -> None:
    if shutil.which("npm") is None:
        sys.exit("make vendor needs npm: install Debian's package npm, then run it again.")
    for folder in (STATIC / "vendor", STATIC / "licenses"):
        folder.mkdir(parents=True, exist_ok=True)
    entries = [vendor(wanted) for wanted in WANTED]
    (STATIC / "vendor" / "vendor.json").write_text(json.dumps(entries, indent=2) + "\n")


def vendor(wanted: Wanted) -> dict[str, str]:
    with tempfile.TemporaryDirectory() as folder, tarfile.open(pack(wanted, Path(folder))) as package:
        source = member(package, wanted.path)
        licence_text = member(package, "LICENSE")
        licence = json.loads(member(package, "package.json"))["license"]
    file = Path(wanted.path).name
    (STATIC / "vendor" / file).write_bytes(source)
    (STATIC / "licenses" / f"{wanted.name}.txt").write_bytes(licence_text)
    print(f"{wanted.name} {wanted.version} ({licence}): {file}, {len(source):,} bytes")
    return {
        "name": wanted.name,
        "version": wanted.version,
        "licence": licence,
        "file": file,
        "sha256": hashlib.sha256(source).hexdigest(),
    }


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
