"""The small server with some lines of the guard changed: `unguarded.py MODULE OLD NEW [MODULE OLD NEW ...]`.

Only for tests: it shows that an attack which the guard stops would succeed without the line that stops it.
"""

import runpy
import sys
from pathlib import Path
from types import ModuleType

import facilitator.__main__  # noqa: F401  First, because it patches.

ROOT = Path(__file__).parents[2]


def change(name: str, changes: list[tuple[str, str]]) -> None:
    path = ROOT / "facilitator" / f"{name}.py"
    source = path.read_text()
    for old, new in changes:
        assert source.count(old) == 1, f"{name}.py has not exactly one {old!r}"
        source = source.replace(old, new)
    module = ModuleType(f"facilitator.{name}")
    module.__file__ = str(path)
    sys.modules[module.__name__] = module
    exec(compile(source, str(path), "exec"), module.__dict__)


if __name__ == "__main__":
    words = sys.argv[1:]
    rules = list(zip(words[::3], words[1::3], words[2::3], strict=True))
    for name in ("meter", "guard"):  # In this order, because the guard imports the meter.
        change(name, [(old, new) for module, old, new in rules if module == name])
    runpy.run_path(str(ROOT / "tests" / "sockets" / "small.py"), run_name="__main__")
