"""Each line of the guard against raw frames, on the real server in both async modes.

Each claim was seen to fail in at least one mode with its line taken out of guard.py or meter.py.
"""

import json
import re
import secrets
import time
from base64 import b64encode, urlsafe_b64decode
from collections.abc import Callable

import orjson
import pytest
from flask import Flask

from facilitator.guard import StrictJson, TypeAndPlace, make_socketio
from tests.sockets.raw import BINARY, MORE, PATH, PING, frame
from tests.sockets.servers import Server


def _eventually(claim: Callable[[], bool]) -> bool:
    """Ask for some seconds whether a claim is true by now."""
    return any(claim() or time.sleep(0.05) for _ in range(200))


def _refuses(server: Server, *messages: str | bytes, dropped: bool = True) -> bool:
    """Tell whether a page that sends these is dropped, and only its coming and going reached a handler."""
    before = len(server.heard())
    phone = server.phone().enter(code="HQ7K3MPX")
    phone.send(*messages)
    gone = phone.is_dropped()
    words = lambda: [word for word, *_ in server.heard()[before:]]  # noqa: E731
    return gone is dropped and _eventually(lambda: words() == ["connect", "disconnect"])


def test_a_page_of_ours_connects_syncs_and_hears_the_whole_snapshot(server: Server) -> None:
    phone = server.phone().enter(code="HQ7K3MPX")
    assert str(phone.answer).startswith("40/member,")
    assert phone.sync(have="3.0", look=True) == '43/member,7[{"have":"3.0","look":true}]'
    phone.send("3", '42/member,["sync",{}]')
    assert server.ask("/tell") == {"told": True}
    assert len(phone.hear() or "") > 60_000


def test_the_settings_are_those_of_the_design() -> None:
    socketio = make_socketio(Flask(__name__), origins=["http://localhost"], async_mode="threading")
    server, engine = socketio.server, socketio.server.eio
    assert (engine.ping_interval, engine.ping_timeout, engine.max_http_buffer_size) == (15, 10, 16_384)
    assert (server.async_handlers, socketio.manage_session, server.async_mode) == (False, False, "threading")
    assert all(isinstance(log.filters[0], TypeAndPlace) for log in (server.logger, engine.logger))


def test_no_page_is_ever_sent_nan(server: Server) -> None:
    phone = server.phone().enter(code="HQ7K3MPX")
    server.ask("/tell-nan")
    assert phone.hear() == '42/member,["snapshot",{"share":null}]'


def test_a_slow_phone_gets_every_snapshot_whole(server: Server) -> None:
    phone = server.phone().enter(code="HQ7K3MPX")
    server.ask("/tell?times=200")
    assert {len(phone.hear() or "") for _ in range(200)} == {
        60_000 + len('42/member,["snapshot",{"text":""}]')
    }


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("transport", ["&transport=polling", ""])
def test_there_is_no_polling(server: Server, method: str, transport: str) -> None:
    path = "/socket.io/?EIO=4" + transport
    assert server.phone(path=path, method=method, Connection=None, Upgrade=None).status == 400
    assert server.phone(path=path, method=method).status == 400


def test_an_open_websocket_takes_no_posts(server: Server) -> None:
    phone = server.phone().enter(code="HQ7K3MPX")
    path = f"{PATH}&sid={phone.opened['sid']}"
    assert server.phone(path=path, method="POST", Content_Length="0").status == 400
    assert phone.sync() == "43/member,7[{}]"


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec_WebSocket_Version": None},  # would be the draft of 2010, whose messages have no limit
        {"Sec_WebSocket_Version": "8"},
        {"Sec_WebSocket_Key": None},
        {"Connection": "close"},
        {"Host": None},
    ],
)
def test_half_a_handshake_is_refused_and_leaves_nothing(
    fresh_server: Server, headers: dict[str, str | None]
) -> None:
    assert fresh_server.phone(**headers).status == 400
    assert fresh_server.held()["sockets"] == 0


def test_options_tells_nothing(server: Server) -> None:
    assert server.phone(method="OPTIONS").status == 400


@pytest.mark.parametrize(
    "origin",
    [
        "http://elsewhere.example",
        "null",
        "http://rooms.localhost",
        "http://localhost:1",
        "https://localhost",
        "http://localhost.elsewhere.example",
        "http://localhost/",
        "http://localhost, http://elsewhere.example",
        "HTTP://LOCALHOST",
    ],
)
def test_a_page_of_another_origin_cannot_connect(server: Server, origin: str) -> None:
    assert server.phone(Origin=origin).status == 400
    assert server.phone(Origin=origin, X_Forwarded_Host=origin.removeprefix("http://")).status == 400


@pytest.mark.parametrize("origin", ["http://localhost", None])
def test_a_page_of_ours_connects_and_what_is_no_page_at_all(server: Server, origin: str | None) -> None:
    """Browsers always say an origin. What says none could forge one as well, and needs the cookie anyway."""
    assert server.phone(Origin=origin).status == 101


def test_without_origins_there_is_no_server() -> None:
    with pytest.raises(ValueError):
        make_socketio(Flask(__name__), origins=[], async_mode="threading")


def test_messages_are_not_compressed(server: Server) -> None:
    phone = server.phone(Sec_WebSocket_Extensions="permessage-deflate")
    assert phone.status == 101
    assert not [line for line in phone.headers if b"deflate" in line]


@pytest.mark.parametrize(
    "message",
    [
        frame(b'42/member,["sync",{}]', BINARY),
        frame(b"", BINARY),
        "b" + b64encode(b'2/member,["sync",{}]').decode(),
        "b",
        '451-/member,["sync",{"_placeholder":true,"num":0}]',
        '45999999999-/member,["sync",{}]',
        "461-/member,7[]",
        frame("42/mem", last=False) + frame(b"\xff", MORE),
    ],
)
def test_only_text_is_read(server: Server, message: str | bytes) -> None:
    assert _refuses(server, message)


STRANGE_PACKETS = """
    x ² 2 2probe 3probe 5 6 0{} 4 47 4null 4{} 4[1] 43/member,7[] 44/member,{} 4"2/member,[]" 42["sync",{}]
    42/member,٣["sync",{}] 42/member,["sync",{} 42/member, 42/member,{}
"""


@pytest.mark.parametrize("message", ["", *STRANGE_PACKETS.split()])
def test_a_packet_that_no_page_sends_ends_the_connection(server: Server, message: str) -> None:
    assert _refuses(server, message)


@pytest.mark.parametrize("event", ["connect", "disconnect", "message", "*", "poke", "", 7, None, {}, []])
def test_only_sync_runs_a_handler(server: Server, event: object) -> None:
    assert _refuses(server, f"42/member,{json.dumps([event, {'have': '1.0'}])}")


@pytest.mark.parametrize(
    "payload",
    [
        "NaN",
        '{"have":NaN}',
        '{"have":-Infinity}',
        '{"have":"\\ud800"}',
        "[" * 5_000 + "]" * 5_000,
        '{"have":' * 2_000 + "1" + "}" * 2_000,
        '{"have":{"a":1}}',
        '{"have":[3,0]}',
        '{"have":1.5}',
        '{"have":"' + "x" * 65 + '"}',
        '{"' + "x" * 65 + '":1}',
        '{"a":1,"b":1,"c":1,"d":1,"e":1}',
        '"1.0"',
        "null",
        "{},{}",
    ],
)
def test_sync_takes_a_few_short_values_only(server: Server, payload: str) -> None:
    assert _refuses(server, f'42/member,["sync",{payload}]')


def test_sync_without_a_payload_is_refused(server: Server) -> None:
    assert _refuses(server, '42/member,["sync"]')


def test_one_hostile_page_disturbs_no_other(server: Server) -> None:
    other = server.phone().enter(code="HQ7K3MPX")
    assert _refuses(server, '42/member,["sync",{"have":NaN}]')
    assert other.sync(have="1.0") == '43/member,7[{"have":"1.0"}]'


def test_a_connection_is_in_one_namespace_only(server: Server) -> None:
    assert _refuses(server, '40/screen,{"token":"x"}')
    assert _refuses(server, '40/member,{"code":"x"}')
    assert _refuses(server, '42/screen,["sync",{}]')


def test_who_has_left_cannot_come_back_on_the_same_connection(server: Server) -> None:
    assert _refuses(server, "41/member,")
    assert _refuses(server, "1")


@pytest.mark.parametrize(
    "message",
    [
        '40{"code":"x"}',
        '40/,{"code":"x"}',
        '40/admin,{"code":"x"}',
        '40/member?a=b,{"code":"x"}',
        "40/member,",
        "40/member,[]",
        '40/member,7{"code":"x"}',
        '40/member,{"code":["x"]}',
        '42/member,["sync",{}]',
        "3",
    ],
)
def test_the_first_message_connects_to_one_of_three_namespaces(server: Server, message: str) -> None:
    before = server.heard()
    phone = server.phone()
    phone.send(message)
    assert phone.is_dropped()
    assert server.heard() == before


def test_a_refused_page_is_told_and_dropped(server: Server) -> None:
    phone = server.phone().enter(code="HQ7K3MPX", refuse=True)
    assert str(phone.answer).startswith("44/member,")
    assert phone.is_dropped()


def test_a_dismissed_page_is_told_and_dropped(server: Server) -> None:
    phone = server.phone().enter(code="HQ7K3MPX")
    assert phone.sync(go=True) == "41/member,"
    assert phone.is_dropped()


def test_a_message_in_endless_fragments_is_cut_off(server: Server) -> None:
    part = frame("x" * 6_000, MORE, last=False)
    assert _refuses(server, frame('42/member,["sync",', last=False) + part * 3)


def test_a_long_frame_is_cut_off_before_it_has_arrived(server: Server) -> None:
    assert _refuses(server, frame("x" * 16_385)[:100])


def test_a_flood_of_events_is_cut_off_before_more_than_a_burst_was_served(server: Server) -> None:
    before = len(server.heard())
    phone = server.phone().enter(code="HQ7K3MPX")
    for _ in range(50):
        phone.send('42/member,["sync",{}]')
    assert phone.is_dropped()
    assert 0 < len([word for word, *_ in server.heard()[before:] if word == "sync"]) < 25


@pytest.mark.parametrize("flood", [frame("", PING) * 30, frame("", MORE, last=False) * 30, frame("3") * 30])
def test_a_flood_of_anything_else_is_cut_off_too(server: Server, flood: bytes) -> None:
    start = frame("42", last=False) if flood[0] == MORE else b""
    assert _refuses(server, start + flood)


def test_a_client_that_never_closes_its_end_holds_nothing_here(fresh_server: Server) -> None:
    def held() -> tuple[int, int]:
        now = fresh_server.held()
        return now["threads"], now["files"]

    fresh_server.phone().enter(code="HQ7K3MPX").leave()
    assert _eventually(lambda: held() == held() and "disconnect" in str(fresh_server.heard()))
    before = held()
    for _ in range(10):
        fresh_server.phone().enter(code="HQ7K3MPX").send("x")
    assert _eventually(lambda: held() == before)


def test_connection_ids_do_not_count_the_others(server: Server) -> None:
    ids = [str(server.phone().enter(code="HQ7K3MPX").opened["sid"]) for _ in range(3)]
    one, two, three = (int.from_bytes(urlsafe_b64decode(sid + "==")[-3:]) for sid in ids)
    assert two - one != three - two


def test_the_log_holds_types_and_places_only(fresh_server: Server) -> None:
    phone = fresh_server.phone().enter(code="HQ7K3MPX")
    phone.send('42/member,["sync",{"fail":true}]', "x")
    assert phone.is_dropped()
    fresh_server.phone(Origin="http://elsewhere.example")
    fresh_server.phone(path=f"{PATH}&sid={secrets.token_urlsafe(16)}")
    _, log = fresh_server.stop()
    assert re.fullmatch(r"RuntimeError at \S+/small\.py:\d+\n", log)


def test_json_for_the_wire_is_strict_and_ignores_what_the_engine_asks_for() -> None:
    assert StrictJson.dumps({"a": ["é", 1]}, separators=(",", ":")) == '{"a":["é",1]}'
    assert "NaN" not in StrictJson.dumps([float("nan")])
    with pytest.raises(orjson.JSONDecodeError):
        StrictJson.loads("[NaN]")
