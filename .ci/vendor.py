"""Bring browser files from npm into the tree: byte for byte but for one, with licences and checksums."""

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

# Socket.IO with WebSocket and text alone, all that our pages use: npm has no build without the rest (ADR 7).
SOCKET = {
    "socket.io-client": "4.8.4",
    "socket.io-parser": "4.2.7",
    "engine.io-client": "6.6.8",
    "engine.io-parser": "5.2.3",
    "@socket.io/component-emitter": "3.1.2",
}
SOCKET_FILE = STATIC / "vendor" / "socket.io.websocket.min.js"
ESBUILD = "0.28.2"
# Two lists of the library's, which would bring every transport along, and what no page of ours reaches.
SHORTER = {
    "engine.io-client": {
        "index.js": """export { Socket } from "./socket.js";
export { installTimerFunctions } from "./util.js";
export { nextTick } from "./globals.js";
""",
        "transports/index.js": """import { WS } from "./websocket.js";
export const transports = { websocket: WS };
""",
        # Our pages name no server: it is always their own.
        "contrib/parseuri.js": "export const parse = () => { throw new Error('not its own server'); };\n",
    },
    # Nothing but text goes either way, which the guard on the server sees to. Should anything else ever come,
    # the parser does not know it, and the page connects anew.
    "engine.io-parser": {
        "contrib/base64-arraybuffer.js": "export const decode = () => new ArrayBuffer(0);\n",
        "encodePacket.browser.js": """import { PACKET_TYPES } from "./commons.js";
export const encodePacket = ({ type, data }, binary, send) => send(PACKET_TYPES[type] + (data || ""));
export const encodePacketToBinary = () => {};
""",
    },
    "socket.io-parser": {
        "is-binary.js": """export const isBinary = () => false;
export const hasBinary = () => false;
""",
        "binary.js": """export const deconstructPacket = () => {};
export const reconstructPacket = () => {};
""",
    },
}


def main() -> None:
    if shutil.which("npm") is None:
        sys.exit("make vendor needs npm: install Debian's package npm, then run it again.")
    (STATIC / "licenses").mkdir(exist_ok=True)
    entries = build_socket() + [entry for wanted in WANTED for entry in vendor(wanted)]
    (STATIC / "vendor" / "vendor.json").write_text(json.dumps(entries, indent=2) + "\n")


def build_socket() -> list[dict[str, str]]:
    """Join Socket.IO's modules into one; each package in it has its own line in the list."""
    with tempfile.TemporaryDirectory() as folder:
        packages = [f"{name}@{version}" for name, version in {**SOCKET, "esbuild": ESBUILD}.items()]
        run("npm", "install", "--silent", "--no-save", "--ignore-scripts", *packages, within=folder)
        modules = Path(folder) / "node_modules"
        for name, parts in SHORTER.items():
            for path, text in parts.items():
                (modules / name / "build" / "esm" / path).write_text(text)
        entrance = "node_modules/socket.io-client/build/esm/manager.js"
        flags = ["--bundle", "--minify", "--format=esm", "--target=es2015", "--main-fields=browser,module"]
        # What these packages call private is theirs alone; they reach some of it by its name in quotes.
        flags += ["--mangle-props=^_", "--mangle-quoted"]
        built = f"--outfile={SOCKET_FILE}"
        run(f"{modules}/.bin/esbuild", entrance, *flags, "--log-level=error", built, within=folder)
        entries = []
        for name, version in SOCKET.items():
            about = json.loads((modules / name / "package.json").read_text())
            licence = (modules / name / "LICENSE").read_bytes()
            (STATIC / "licenses" / f"{plain(name)}.txt").write_bytes(licence)
            entries.append(listed(name, version, about["license"], SOCKET_FILE, SOCKET_FILE.read_bytes()))
    print(f"socket.io-client {SOCKET['socket.io-client']} built for WebSocket into {SOCKET_FILE.parent}")
    return entries


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
    return listed(wanted.name, wanted.version, licence, file, source)


def listed(name: str, version: str, licence: str, file: Path, source: bytes) -> dict[str, str]:
    return {
        "name": name,
        "version": version,
        "licence": licence,
        "file": str(file.relative_to(ROOT)),
        "sha256": hashlib.sha256(source).hexdigest(),
    }


def plain(name: str) -> str:
    return name.lstrip("@").replace("/", "-")


def pack(wanted: Wanted, folder: Path) -> Path:
    # npm compares the package with the registry's own checksum before it writes it here.
    package = f"{wanted.name}@{wanted.version}"
    run("npm", "pack", "--silent", package, within=folder)
    (packed,) = folder.glob("*.tgz")
    return packed


def run(*command: str, within: str | Path) -> None:
    subprocess.run(command, cwd=within, check=True, stdout=subprocess.DEVNULL)


def member(package: tarfile.TarFile, path: str) -> bytes:
    file = package.extractfile(f"package/{path}")
    if file is None:
        raise FileNotFoundError(path)
    return file.read()


if __name__ == "__main__":
    main()
