"""The log: what happened and where in the code, and nothing that anybody wrote (privacy.md §3)."""

import logging
import sys
import threading
import traceback
import warnings
from datetime import UTC, datetime
from types import TracebackType
from typing import TextIO

import orjson

_OURS = "facilitator."
_log = logging.getLogger("facilitator.logs")


def set_up(*, level: str, layout: str, stream: TextIO = sys.stderr) -> None:
    """Send every log, warning and stray exception of this process to `stream`, as `plain` or `json` lines."""
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonLines() if layout == "json" else PlainLines())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    # What it tells at every start means nothing to whoever starts the server.
    logging.getLogger("alembic").setLevel(max(logging.WARNING, root.level))
    # What logging cannot format it would print itself, with all its values.
    logging.raiseExceptions = False
    warnings.showwarning = _warned
    catch_strays()


def catch_strays() -> None:
    """Log the type and place of what nobody caught, where Python would print it whole."""
    sys.excepthook = _stray
    threading.excepthook = lambda failure: _stray(failure.exc_type, failure.exc_value, failure.exc_traceback)
    sys.unraisablehook = lambda failure: _stray(failure.exc_type, failure.exc_value, failure.exc_traceback)


class PlainLines(logging.Formatter):
    """A line for people: time, level, who says it, what."""

    def format(self, record: logging.LogRecord) -> str:
        return "{time} {level} {logger}: {what}".format(**_content(record))


class JsonLines(logging.Formatter):
    """A line for programs: the same four as a JSON object."""

    def format(self, record: logging.LogRecord) -> str:
        return orjson.dumps(_content(record)).decode()


def place(trace: TracebackType | None) -> str:
    """Return the file and line in which an exception was raised; an empty string without a trace."""
    frames = traceback.extract_tb(trace)
    return f"{_short(frames[-1].filename)}:{frames[-1].lineno}" if frames else ""


def _content(record: logging.LogRecord) -> dict[str, str]:
    """Choose what is said. Other libraries' words are not: they put paths, addresses and values in them."""
    # Flask logs under the plain name of the package, with the path that was asked for.
    said = _words(record) if record.name.startswith(_OURS) else ""
    if record.exc_info and record.exc_info[0]:
        kind, _, trace = record.exc_info
        said = f"{said} {kind.__name__} at {place(trace)}".strip()
    return {
        "time": datetime.fromtimestamp(record.created, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "level": record.levelname,
        "logger": record.name,
        "what": said or f"a line of {_short(record.pathname)}:{record.lineno}",
    }


def _words(record: logging.LogRecord) -> str:
    try:
        return " ".join(record.getMessage().split())
    except Exception:
        return "a line that could not be put together"


def _short(path: str) -> str:
    return "/".join(path.rsplit("/", 2)[-2:])


def _stray(kind: type[BaseException], error: BaseException | None, trace: TracebackType | None, /) -> None:
    _log.error("%s at %s", kind.__name__, place(trace))


def _warned(
    message: Warning | str,
    category: type[Warning],
    filename: str,
    lineno: int,
    file: TextIO | None = None,
    line: str | None = None,
) -> None:
    _log.warning("%s at %s:%s", category.__name__, _short(filename), lineno)
