"""Modules joined into one file, so that a phone asks once and not ten times (ADR 7)."""

import re
from collections.abc import Callable
from pathlib import Path

# Own modules import by name or for their effect, and export functions and constants where they define them.
_IMPORT = re.compile(r"^import (?:(\{[^}]*\}) from )?'\./([\w-]+)\.js';\n", re.MULTILINE)
_EXPORT = re.compile(r"^export ((?:async )?function|const) (\w+)", re.MULTILINE)
# A vendored module ends with a list of what it exports.
_VENDORED = re.compile(r"^import (\{[^}]*\}) from '\.\./vendor/([\w.-]+)';\n", re.MULTILINE)
_EXPORTS = re.compile(r"export\{([^}]*)\};?")


def join(folder: Path, entry: str, shorten: Callable[[str], str] = str) -> str:
    """Return the module `entry` and all it imports, vendored ones too, as one module.

    Each stays in a function of its own, so names of two modules cannot meet; they run in the order in which
    a browser would run them. `shorten` is applied to own modules; vendored ones are short already.
    """
    sources: dict[str, str] = {}
    _collect(folder, entry, sources)
    vendored = dict.fromkeys(name for text in sources.values() for _, name in _VENDORED.findall(text))
    return "\n".join(
        [
            *(_wrap_vendored(folder.parent / "vendor" / name) for name in vendored),
            *(shorten(_wrap(name, text)) for name, text in sources.items()),
        ]
    )


def _collect(folder: Path, name: str, sources: dict[str, str]) -> None:
    text = (folder / f"{name}.js").read_text()
    for _, needed in _IMPORT.findall(text):
        if needed not in sources:
            _collect(folder, needed, sources)
    sources[name] = text


def _wrap(name: str, source: str) -> str:
    exported = ", ".join(name for _, name in _EXPORT.findall(source))
    body = _EXPORT.sub(r"\1 \2", _VENDORED.sub(_take, _IMPORT.sub(_take, source)))
    return f"const {_as_name(name)} = (() => {{\n{body}\nreturn {{ {exported} }};\n}})();\n"


def _wrap_vendored(path: Path) -> str:
    def give(found: re.Match[str]) -> str:
        pairs = (one.split(" as ") for one in found[1].split(","))
        return "return {" + ",".join(f"{pair[-1]}:{pair[0]}" for pair in pairs) + "};"

    return f"const {_as_name(path.name)} = (() => {{\n{_EXPORTS.sub(give, path.read_text())}\n}})();\n"


def _take(found: re.Match[str]) -> str:
    names, module = found.groups()
    return f"const {names} = {_as_name(module)};\n" if names else ""


def _as_name(file: str) -> str:
    return "$" + re.sub(r"\W", "_", file)
