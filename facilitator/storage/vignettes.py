"""The shelf of vignettes: one YAML file each, checked before anybody sees it."""

from collections.abc import Hashable
from pathlib import Path
from typing import Any

import yaml

from facilitator.core.vignette import Vignette, VignetteId
from facilitator.core.vignette_form import VignetteError, parse_vignette

SHIPPED = Path(__file__).parent.parent / "vignettes"
LARGEST_FILE = 65_536  # bytes; a story in ten languages needs a third of it

# For a new group in this order: from calm to stirring, and from one pattern to the next.
_FIRST = (
    "waving",
    "the-drill",
    "thumbs-up",
    "quick-chat",
    "seen-at-noon",
    "the-dog-again",
    "twenty-five-past",
)


class _Loader(yaml.SafeLoader):
    """PyYAML's safe loader, which alone would let the second of two equal fields win in silence."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen: set[str] = set()
        for key, _ in node.value:
            if isinstance(key, yaml.ScalarNode) and key.value in seen:
                raise VignetteError(f"Line {key.start_mark.line + 1} has “{key.value}” a second time.")
            seen.add(str(key.value))
        return super().construct_mapping(node, deep)


def load_shipped() -> dict[VignetteId, Vignette]:
    """Read the shipped vignettes, those for a new group first and the calmer before the more stirring.

    Raises `VignetteError` if any of them is not in order.
    """
    vignettes = [load_file(path) for path in SHIPPED.glob("*.yaml")]
    return {one.id: one for one in sorted(vignettes, key=_place)}


def check_file(path: Path) -> list[str]:
    """Return what is to be mended in a file, in plain sentences; none if it is in order."""
    try:
        load_file(path)
    except VignetteError as error:
        return list(error.sentences)
    return []


def load_file(path: Path) -> Vignette:
    """Read one vignette. Raises `VignetteError` with sentences that begin with the file's name."""
    try:
        vignette = parse_vignette(_load(path))
        if vignette.id != path.stem:
            raise VignetteError(f"The id is “{vignette.id}”, so the file must be named “{vignette.id}.yaml”.")
    except VignetteError as error:
        raise VignetteError(*(f"{path.name}: {one}" for one in error.sentences)) from error
    return vignette


def _load(path: Path) -> object:
    text = _read(path)
    try:
        return yaml.load(text, Loader=_Loader)
    except VignetteError:
        raise
    except yaml.MarkedYAMLError as error:
        line = f"Line {error.problem_mark.line + 1}" if error.problem_mark else "The file"
        mend = "Check the spaces, colons and quotation marks there."
        raise VignetteError(f"{line} is not laid out as it should be. {mend}") from error
    except Exception as error:
        # The loader lets errors of any kind through: impossible dates, odd tags, too many brackets.
        raise VignetteError("Something in the file cannot be read. Put words in quotation marks.") from error


def _read(path: Path) -> str:
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST_FILE + 1)
        if len(content) > LARGEST_FILE:
            raise VignetteError(f"The file is too large. It can have {LARGEST_FILE // 1024} KiB.")
        return content.decode("utf-8-sig")
    except OSError as error:
        raise VignetteError("The file cannot be opened.") from error
    except UnicodeDecodeError as error:
        raise VignetteError("The file is not plain text. Save it again as UTF-8.") from error


def _place(vignette: Vignette) -> tuple[int, int, str]:
    place = _FIRST.index(vignette.id) if vignette.id in _FIRST else len(_FIRST)
    return place, vignette.arousal, vignette.id
