"""Every route and event × everybody who may come: who is let in, and that nobody else changes a thing (W2).

The rows are held against the app itself: a new route, command, namespace or event without a row fails.
"""

import httpx
import pytest
from flask import Flask

from facilitator.core.errors import RoomError
from facilitator.services import Services
from facilitator.sockets import Watching
from facilitator.web.commands import COMMANDS
from tests.actors import Browser, NewClient
from tests.conftest import ORIGIN
from tests.web.world import ROLES, World, accounts, build, call, cells, quick

pytestmark = pytest.mark.timeout(600)

# What a route says to each role. "yes": let in, whatever the room then says to it (200, 303, 409, 422).
HEAD = "                                         nobody elsewhere member removed other half co therapist"
TABLE = """
GET  /                                           yes    yes       yes    yes     yes   yes  yes yes
POST /sign-in                                    yes    yes       yes    yes     yes   yes  yes yes
GET  /sign-in/code                               401    401       401    401     401   yes  401 401
POST /sign-in/code                               401    401       401    401     401   yes  401 401
POST /sign-out                                   yes    yes       yes    yes     yes   yes  yes yes
GET  /set-up/<token>                             yes    yes       yes    yes     yes   yes  yes yes
POST /set-up/<token>                             yes    yes       yes    yes     yes   yes  yes yes
GET  /reset/<token>                              yes    yes       yes    yes     yes   yes  yes yes
POST /reset/<token>                              yes    yes       yes    yes     yes   yes  yes yes
GET  /therapist/account/                         401    401       401    401     yes   401  yes yes
POST /therapist/account/password                 401    401       401    401     yes   401  yes yes
POST /therapist/account/sign-ins/<ref>/end       401    401       401    401     yes   401  yes yes
GET  /therapist/account/two-factor               401    401       401    401     yes   yes  yes yes
POST /therapist/account/two-factor               401    401       401    401     400   400  400 400
POST /therapist/account/recovery-codes           401    401       401    401     400   401  400 400
POST /therapist/account/two-factor/off           401    401       401    401     yes   401  yes yes
POST /join                                       yes    yes       yes    410     yes   yes  yes yes
GET  /j/<code>                                   yes    yes       yes    410     yes   yes  yes yes
GET  /J/<code>                                   yes    yes       yes    410     yes   yes  yes yes
GET  /r/<code>/                                  yes    yes       yes    410     yes   yes  yes yes
POST /r/<code>/join                              yes    yes       yes    410     yes   yes  yes yes
POST /r/<code>/guess                             404    404       yes    410     404   404  404 404
POST /r/<code>/pass                              404    404       yes    410     404   404  404 404
POST /r/<code>/withdraw                          404    404       yes    410     404   404  404 404
GET  /r/<code>/quiet                             404    404       yes    410     404   404  404 404
POST /r/<code>/slow-down                         404    404       yes    410     404   404  404 404
POST /r/<code>/word                              404    404       yes    410     404   404  404 404
POST /r/<code>/leave                             yes    yes       yes    410     yes   yes  yes yes
GET  /r/<code>/snapshot                          404    404       yes    410     404   404  404 404
GET  /therapist/                                 401    401       401    401     yes   401  yes yes
GET  /therapist/stories                          401    401       401    401     yes   401  yes yes
GET  /therapist/summaries                        401    401       401    401     yes   401  yes yes
POST /therapist/practice                         401    401       401    401     yes   401  yes yes
POST /therapist/rooms                            401    401       401    401     yes   401  yes yes
GET  /therapist/rooms/<code>/                    401    401       401    401     403   401  yes yes
GET  /therapist/rooms/<code>/snapshot            401    401       401    401     403   401  yes yes
POST /therapist/rooms/<code>/end                 401    401       401    401     403   401  yes yes
POST /therapist/rooms/<code>/<command>           401    401       401    401     403   401  yes yes
GET  /therapist/summaries/<summary_id>           401    401       401    401     403   401  yes yes
GET  /therapist/summaries/<summary_id>/export    401    401       401    401     403   401  yes yes
POST /therapist/summaries/<summary_id>/delete    401    401       401    401     403   401  yes yes
GET  /screen/<token>/                            yes    yes       yes    yes     yes   yes  yes yes
GET  /screen/<token>/snapshot                    yes    yes       yes    yes     yes   yes  yes yes
GET  /screen/<token>/join.svg                    yes    yes       yes    yes     yes   yes  yes yes
GET  /screen/<token>/card                        yes    yes       yes    yes     yes   yes  yes yes
GET  /healthz                                    yes    yes       yes    yes     yes   yes  yes yes
GET  /readyz                                     yes    yes       yes    yes     yes   yes  yes yes
GET  /metrics                                    yes    yes       yes    yes     yes   yes  yes yes
"""
SOCKETS = """
/member    connect                               no     no        yes    no      no    no   no  no
/member    sync                                  no     no        yes    no      no    no   no  no
/therapist connect                               no     no        no     no      no    no   yes yes
/therapist sync                                  no     no        no     no      no    no   yes yes
/screen    connect                               yes    yes       yes    yes     yes   yes  yes yes
/screen    sync                                  yes    yes       yes    yes     yes   yes  yes yes
"""


def rows(table: str) -> dict[tuple[str, str], list[str]]:
    lines = [line.split() for line in table.split("\n") if line]
    return {(first, second): verdicts for first, second, *verdicts in lines}


MATRIX, EVENTS = rows(TABLE), rows(SOCKETS)


@pytest.fixture
def world(app: Flask, here: Services, new_client: NewClient, monkeypatch: pytest.MonkeyPatch) -> World:
    quick(app, monkeypatch)
    accounts(here)
    return build(here, new_client)


def test_every_route_of_the_app_has_a_row_and_no_row_is_left_over(app: Flask) -> None:
    commands = {
        (method, route)
        for method, route in cells(app)
        if route.rsplit("/", 1)[1] in COMMANDS and "/rooms/" in route
    }
    assert len(commands) == len(COMMANDS)
    others = set(cells(app)) - commands | {("POST", "/therapist/rooms/<code>/<command>")}
    assert others == set(MATRIX)
    assert all(len(row) == len(ROLES) for row in (*MATRIX.values(), *EVENTS.values()))
    assert tuple(HEAD.split()) == ROLES


def test_every_event_of_the_app_has_a_row_and_no_row_is_left_over(app: Flask) -> None:
    namespaces = app.extensions["socketio"].server.namespace_handlers
    assert set(app.extensions["socketio"].server.handlers) == set()
    events = {
        (name, method.removeprefix("on_"))
        for name, handler in namespaces.items()
        for method in dir(handler)
        if method.startswith("on_") and method != "on_disconnect"
    }
    assert events == set(EVENTS)
    assert all(isinstance(one, Watching) for one in namespaces.values())


@pytest.mark.parametrize("n", range(len(ROLES)), ids=ROLES)
def test_each_route_lets_in_exactly_whom_its_row_says_and_a_refusal_changes_nothing(
    app: Flask, here: Services, new_client: NewClient, monkeypatch: pytest.MonkeyPatch, n: int
) -> None:
    quick(app, monkeypatch)
    accounts(here)
    role, wrong = ROLES[n], []
    world: World | None = None
    for method, route in cells(app):
        key = (method, route)
        row = MATRIX[key] if key in MATRIX else MATRIX["POST", "/therapist/rooms/<code>/<command>"]
        world = world or build(here, new_client)
        before = world.state()
        status = call(world, role, method, route)
        said = "yes" if status in (200, 303, 409, 422) else str(status)
        # Only a form that is wrong in itself, and not its sender, may say 400 here.
        if said != row[n]:
            wrong.append(f"{method} {route} as {role}: {status} instead of {row[n]}")
        if status >= 400 and world.state() != before:
            wrong.append(f"{method} {route} as {role} was refused and still changed something")
        if method == "POST" and status < 400:
            world = None  # Something happened, so the next one finds everything anew.
        if route in ("/therapist/account/password", "/reset/<token>"):
            _set_back(here)
    assert wrong == []


@pytest.mark.parametrize("key", EVENTS, ids=" ".join)
def test_each_namespace_lets_in_exactly_whom_its_row_says(
    app: Flask, world: World, key: tuple[str, str]
) -> None:
    namespace, event = key
    auth = {"token": world.fills["screen"]} if namespace == "/screen" else {"code": world.fills["code"]}
    said = []
    for role in ROLES:
        socket = open_socket(app, namespace, auth, world.browsers[role])
        answer = socket.is_connected(namespace)
        if answer and event == "sync":
            answer = "regions" in socket.emit("sync", {}, namespace=namespace, callback=True)
        said.append("yes" if answer else "no")
    assert said == EVENTS[key]


@pytest.mark.parametrize("namespace", ["/member", "/therapist", "/screen"])
@pytest.mark.parametrize("auth", [None, {}, {"code": ""}, {"code": "BBBBBBBB"}, {"token": "x"}, {"code": 7}])
def test_no_namespace_opens_without_its_key(app: Flask, world: World, namespace: str, auth: object) -> None:
    for role in ROLES:
        assert not open_socket(app, namespace, auth, world.browsers[role]).is_connected(namespace)


def test_a_sync_after_a_right_is_lost_says_nothing_of_the_room(app: Flask, world: World) -> None:
    code = {"code": world.fills["code"]}
    member = open_socket(app, "/member", code, world.browsers["member"])
    console = open_socket(app, "/therapist", code, world.browsers["co"])
    world.browsers["member"].post(f"/r/{world.fills['code']}/leave")
    world.browsers["co"].post("/sign-out")
    for socket, namespace in ((member, "/member"), (console, "/therapist")):
        answer = socket.emit("sync", {}, namespace=namespace, callback=True)
        assert set(answer) == {"error"}


def test_a_therapist_cannot_tell_a_code_of_another_from_one_that_nobody_has(world: World) -> None:
    other = world.browsers["other"]
    answers: list[httpx.Response] = []
    for code in (world.fills["code"], "BBBBBBBB"):
        answers += [
            other.http.get(f"/therapist/rooms/{code}/"),
            other.http.get(f"/therapist/rooms/{code}/snapshot"),
            other.submit_form(f"/therapist/rooms/{code}/stop", version=1),
            other.submit_form(f"/therapist/rooms/{code}/end", version=1),
        ]
    assert {(one.status_code, one.text) for one in answers} == {(403, answers[0].text)}


def test_codes_of_others_and_of_nobody_look_alike_to_whoever_has_no_seat(world: World) -> None:
    codes = (world.fills["code"], "BBBBBBBB")
    for role in ("nobody", "elsewhere", "other"):
        said = set()
        for code in codes:
            for path in ("guess", "pass", "withdraw", "slow-down"):
                try:
                    world.browsers[role].post(f"/r/{code}/{path}", text="x", round="x", op="0" * 32, n=1)
                except Exception as refusal:
                    said.add(str(refusal))
        assert len(said) == 1, said
        left = [world.browsers[role].submit_form(f"/r/{code}/leave") for code in codes]
        assert left[0].text == left[1].text
        assert not any("set-cookie" in one.headers for one in left)


def test_every_refusal_has_a_status() -> None:
    from facilitator.web.errors import STATUS

    kinds = {kind.code for kind in _all(RoomError)}
    assert kinds == set(STATUS)


def _all(kind: type[RoomError]) -> set[type[RoomError]]:
    return {kind}.union(*(_all(one) for one in kind.__subclasses__()))


def _set_back(here: Services) -> None:
    from facilitator.storage import tables
    from tests.conftest import PASSWORD_HASH

    with here.database.write() as tx:
        tx.execute(tables.therapist.update().values(password_hash=PASSWORD_HASH))


def open_socket(app: Flask, namespace: str, auth: object, browser: Browser):  # type: ignore[no-untyped-def]
    jar = "; ".join(f"{one.name}={one.value}" for one in browser.http.cookies.jar)
    return app.extensions["socketio"].test_client(
        app, namespace=namespace, auth=auth, headers={"Cookie": jar, "Origin": ORIGIN}
    )
