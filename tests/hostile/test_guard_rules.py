"""The guard, rule by rule: an attack that it stops, and that succeeds as soon as the rule is taken out."""

import base64
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.sockets.raw import BINARY, MORE, PING, frame
from tests.sockets.servers import Server

Attack = Callable[[Server], bool]
SYNC = '42/member,["sync",{}]'
LONG_S = 2.0


def survives(*messages: str | bytes) -> Attack:
    """Succeeds when a page that sends these is still connected afterwards."""

    def attack(server: Server) -> bool:
        phone = server.phone().enter(code="HQ7K3MPX")
        phone.send(*messages)
        phone.sock.settimeout(LONG_S)
        return not phone.is_dropped()

    return attack


def reaches(word: str, *messages: str | bytes, most: int = 0) -> Attack:
    """Succeeds when these run a handler of this name, more often than `most` times."""

    def attack(server: Server) -> bool:
        before = len(server.heard())
        phone = server.phone().enter(code="HQ7K3MPX")
        phone.send(*messages)
        until = time.monotonic() + LONG_S
        while time.monotonic() < until:
            heard = [entry for entry in server.heard()[before:] if entry[0] == word]
            # The page's own coming is no success.
            if len(heard) > most + (word == "connect"):
                return True
            time.sleep(0.05)
        return False

    return attack


def first_message(message: str) -> Attack:
    """Succeeds when a page that begins with this is still connected afterwards."""

    def attack(server: Server) -> bool:
        phone = server.phone()
        phone.send(message)
        phone.sock.settimeout(LONG_S)
        return not phone.is_dropped()

    return attack


def handshake(
    *,
    status: int,
    method: str = "GET",
    path: str = "/socket.io/?EIO=4&transport=websocket",
    **headers: str | None,
) -> Attack:
    """Succeeds when the server answers such a handshake with this status."""

    def attack(server: Server) -> bool:
        try:
            return server.phone(path=path, method=method, **headers).status == status
        except (OSError, IndexError):
            return False

    return attack


def counts_others(server: Server) -> bool:
    ids = [str(server.phone().enter(code="HQ7K3MPX").opened["sid"]) for _ in range(3)]
    one, two, three = (int.from_bytes(base64.urlsafe_b64decode(sid + "==")[-3:]) for sid in ids)
    return two - one == three - two


def stays_after_dismissal(server: Server) -> bool:
    phone = server.phone().enter(code="HQ7K3MPX", refuse=True)
    phone.sock.settimeout(LONG_S)
    return not phone.is_dropped()


def is_compressed(server: Server) -> bool:
    phone = server.phone(Sec_WebSocket_Extensions="permessage-deflate")
    return any(b"deflate" in line for line in phone.headers)


def logs_words(server: Server) -> bool:
    phone = server.phone().enter(code="HQ7K3MPX")
    phone.send('42/member,["sync",{"fail":true}]')
    server.heard()
    time.sleep(0.3)
    _, log = server.stop()
    return "afraid" in log


@dataclass(frozen=True)
class Rule:
    """What changes in the source to take a rule out, and the attack that then succeeds."""

    changes: tuple[tuple[str, str, str], ...]
    attack: Attack
    mode: str = "eventlet"


def guard(old: str, new: str) -> tuple[str, str, str]:
    return ("guard", old, new)


def meter(old: str, new: str) -> tuple[str, str, str]:
    return ("meter", old, new)


SMALL = guard("_is_small(event[1])", "True")
ORIGINS = guard("cors_allowed_origins=list(origins)", 'cors_allowed_origins="*"')
HALF = '42/member,["sync",{"have":"'

RULES = {
    "only our origins": Rule((ORIGINS,), handshake(status=101, Origin="https://elsewhere.example")),
    "no polling": Rule(
        (guard('transports=["websocket"],', ""), guard("if not _is_handshake(environ):", "if False:")),
        handshake(status=200, path="/socket.io/?EIO=4&transport=polling", Connection=None, Upgrade=None),
    ),
    "only whole handshakes": Rule(
        (guard("if not _is_handshake(environ):", "if False:"),), handshake(status=200, method="OPTIONS")
    ),
    "only GET": Rule(
        (guard('environ["REQUEST_METHOD"] == "GET"', "True"),), handshake(status=200, method="OPTIONS")
    ),
    "no compression": Rule(
        (guard('environ.pop("HTTP_SEC_WEBSOCKET_EXTENSIONS", None)', "pass"),), is_compressed
    ),
    "text only": Rule(
        (
            guard(
                "isinstance(message, str) and self._allows(message)",
                "(not isinstance(message, str) or self._allows(message))",
            ),
        ),
        survives(frame(b'\x042/member,["sync",{}]', BINARY)),
    ),
    "known packets only": Rule(
        (guard("isinstance(message, str) and self._allows(message)", "True"),),
        reaches("poke", '42/member,["poke"]'),
    ),
    "known events only": Rule(
        (guard("event[0] in _EVENTS", "True"),), reaches("poke", '42/member,["poke",{}]')
    ),
    "no reserved events": Rule(
        (guard("event[0] in _EVENTS", "True"),), reaches("connect", '42/member,["connect",{}]')
    ),
    "one argument": Rule((guard("len(event) == 2", "True"),), survives('42/member,["sync",{},{}]')),
    "small payloads only": Rule((SMALL,), reaches("sync", '42/member,["sync",[1,2,3]]')),
    "flat payloads only": Rule((SMALL,), reaches("sync", '42/member,["sync",{"have":{"a":{"b":1}}}]')),
    "few values": Rule(
        (guard("len(payload) <= _MOST_VALUES", "True"),),
        reaches("sync", '42/member,["sync",{"a":1,"b":1,"c":1,"d":1,"e":1}]'),
    ),
    "short values": Rule(
        (guard("len(value) <= _LONGEST_VALUE", "True"),),
        reaches("sync", f'{HALF}{"x" * 5_000}"}}]'),
    ),
    "strict JSON": Rule(
        (
            guard("return orjson.loads(text)", "import json; return json.loads(text)"),
            guard(
                "value is None or isinstance(value, int)", "value is None or isinstance(value, (int, float))"
            ),
        ),
        reaches("sync", '42/member,["sync",{"have":NaN}]'),
    ),
    "one namespace": Rule(
        (guard("event[1] == self._namespace and ", ""),), survives('42/therapist,["sync",{}]')
    ),
    "one connect": Rule(
        (guard("if not self._namespace:", 'if not self._namespace or message.startswith("40"):'),),
        reaches("connect", '40/therapist,{"code":"HQ7K3MPX"}'),
    ),
    "named namespaces": Rule(
        (guard('r"40(/therapist|/member|/screen),', 'r"40(/[a-z]*),'),), first_message('40/,{"code":"x"}')
    ),
    "small keys at the door": Rule(
        (guard("_is_small(StrictJson.loads(connect[2]))", "True"),),
        lambda server: server.phone().enter(code="x" * 5_000).answer is not None,
    ),
    "ids that count nobody": Rule(
        (guard("engine.generate_id = lambda: secrets.token_urlsafe(16)", "pass"),), counts_others
    ),
    "the dismissed go": Rule(
        (guard("if message.startswith(_DISMISSALS):", "if False:"),), stays_after_dismissal
    ),
    "a quiet log": Rule((guard("log.addFilter(TypeAndPlace())", "pass"),), logs_words),
    "few frames a second": Rule(
        (meter("self._takes_a_token() and ", ""),),
        reaches("sync", *[SYNC] * 60, most=40),
    ),
    "tokens are used up": Rule(
        (meter("* STEADY) - 1", "* STEADY)"),), reaches("sync", *[SYNC] * 60, most=40)
    ),
    "control frames cost too": Rule(
        (
            meter(
                "if not (self._takes_a_token() and",
                "if not ((self._header[0] & 8 or self._takes_a_token()) and",
            ),
        ),
        survives(frame("", PING) * 300),
    ),
    "short messages": Rule(
        (meter("return self._message <= LONGEST_MESSAGE", "return True"),),
        survives(frame(HALF, last=False) + frame("x" * 9_000, MORE, last=False) * 5),
    ),
    "all fragments together": Rule(
        (meter("length if opcode else self._message + length", "length"),),
        survives(frame(HALF, last=False) + frame("x" * 9_000, MORE, last=False) * 5),
    ),
    "pings between fragments": Rule(
        (meter("if opcode < 8:", "if True:"),),
        survives(frame(HALF, last=False) + (frame("x" * 9_000, MORE, last=False) + frame("", PING)) * 3),
    ),
    "long frames, by their header": Rule(
        (
            meter("return self._message <= LONGEST_MESSAGE", "return True"),
            guard("max_http_buffer_size=LONGEST_MESSAGE", "max_http_buffer_size=10_000_000"),
        ),
        survives(frame("x" * 1_000_000)[:200]),
    ),
}


@pytest.fixture(scope="module")
def guarded() -> Iterator[dict[str, Server]]:
    servers = {mode: Server(mode) for mode in ("eventlet", "threading")}
    yield servers
    for server in servers.values():
        if server.process.poll() is None:
            server.stop()


@pytest.mark.parametrize("name", RULES)
def test_an_attack_succeeds_only_without_its_rule(name: str, guarded: dict[str, Server]) -> None:
    rule = RULES[name]
    words = [word for change in rule.changes for word in change]
    unguarded = Server(rule.mode, str(Path(__file__).with_name("unguarded.py")), *words)
    try:
        assert rule.attack(unguarded), "the attack is too weak to prove the rule"
    finally:
        if unguarded.process.poll() is None:
            unguarded.stop()
    if rule.attack is logs_words:
        fresh = Server(rule.mode)
        assert not rule.attack(fresh)
    else:
        assert not rule.attack(guarded[rule.mode])
        guarded[rule.mode].forget_phones()
