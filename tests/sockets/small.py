"""A small app behind the real guard and the real server, as a process of its own: prints its port."""

import os
import sys

import facilitator.__main__ as program  # First, because it patches.

# isort: split
import threading
from typing import Any

from flask import Flask, request
from flask_socketio import Namespace

from facilitator import server
from facilitator.guard import make_socketio

app = Flask(__name__)
socketio = make_socketio(
    app, origins=["http://localhost"], async_mode="eventlet" if program.EVENTLET else "threading"
)
heard: list[Any] = []


class Page(Namespace):
    def on_connect(self, auth: Any) -> bool | None:
        heard.append(["connect", auth])
        return False if auth.get("refuse") else None

    def on_sync(self, payload: Any) -> Any:
        heard.append(["sync", payload])
        if payload.get("fail"):
            raise RuntimeError("She is afraid")
        if payload.get("go"):
            socketio.server.disconnect(request.sid, namespace=self.namespace)  # type: ignore[attr-defined]
        return payload

    def on_disconnect(self, reason: Any) -> None:
        heard.append(["disconnect", str(reason)])

    def on_poke(self, *_: Any) -> None:
        heard.append(["poke"])


for name in ("/therapist", "/member", "/screen", "/"):
    socketio.on_namespace(Page(name))


@app.get("/heard")
def show_heard() -> list[Any]:
    return heard


@app.get("/held")
def show_held() -> dict[str, int]:
    # The engine's own pause before the next ping is a thread that outlives its connection by 15 s.
    threads = [thread for thread in threading.enumerate() if "_send_ping" not in thread.name]
    return {
        "threads": len(threads),
        "files": len(os.listdir("/proc/self/fd")),
        "sockets": len(socketio.server.eio.sockets),
    }


@app.get("/slow")
def answer_slowly() -> dict[str, bool]:
    heard.append(["slow"])
    socketio.sleep(1)
    return {"slow": True}


@app.get("/broken")
def break_late() -> Any:
    def half() -> Any:
        raise RuntimeError("She is afraid")
        yield "half"

    return app.response_class(half())


@app.get("/stray")
def fail_in_the_background() -> dict[str, bool]:
    def fail() -> None:
        raise RuntimeError("She is afraid")

    socketio.start_background_task(fail)
    return {"started": True}


@app.get("/tell")
def tell() -> dict[str, bool]:
    for _ in range(int(request.args.get("times", 1))):
        socketio.emit("snapshot", {"text": "x" * 60_000}, namespace="/member")
    return {"told": True}


@app.get("/tell-nan")
def tell_nan() -> dict[str, bool]:
    socketio.emit("snapshot", {"share": float("nan")}, namespace="/member")
    return {"told": True}


if __name__ == "__main__":
    listener = server.listen("127.0.0.1", 0)
    sys.stdout.write(f"{listener.getsockname()[1]}\n")
    sys.stdout.flush()
    program.serve(app, listener)
    os._exit(0)
