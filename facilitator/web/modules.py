"""Modules joined into one file, so that a phone asks once and not eight times (ADR 7)."""

import re
from pathlib import Path

# Own modules import by name or for their effect, and export functions and constants where they define them.
_IMPORT = re.compile(r"^import (?:(\{[^}]*\}) from )?'\./([\w-]+)\.js';\n", re.MULTILINE)
_VENDOR = re.compile(r"^import .*? from '\.\./vendor/[^']+';\n", re.MULTILINE)
_EXPORT = re.compile(r"^export ((?:async )?function|const) (\w+)", re.MULTILINE)


def join(folder: Path, entry: str) -> str:
    """Return the module `entry` and all it imports from its folder as one module.

    Each stays in a function of its own, so names of two modules cannot meet; they run in the order in which
    a browser would run them. Imports of vendored files stay what they are.
    """
    sources: dict[str, str] = {}
    _collect(folder, entry, sources)
    vendored = dict.fromkeys(line for source in sources.values() for line in _VENDOR.findall(source))
    return "".join([*vendored, *(_wrap(name, _VENDOR.sub("", text)) for name, text in sources.items())])


def _collect(folder: Path, name: str, sources: dict[str, str]) -> None:
    text = (folder / f"{name}.js").read_text()
    for _, needed in _IMPORT.findall(text):
        if needed not in sources:
            _collect(folder, needed, sources)
    sources[name] = text


def _wrap(name: str, source: str) -> str:
    exported = ", ".join(name for _, name in _EXPORT.findall(source))
    body = _EXPORT.sub(r"\1 \2", _IMPORT.sub(_take, source))
    return f"const ${name} = (() => {{\n{body}\nreturn {{ {exported} }};\n}})();\n"


def _take(found: re.Match[str]) -> str:
    names, module = found.groups()
    return f"const {names} = ${module};\n" if names else ""
