"""A page that lost its right to watch: its socket is closed within two seconds, and nobody else's."""

from collections.abc import Iterator

import pytest

from tests.actors import PASSWORD, Browser, Member, Refused, Therapist
from tests.server import Server
from tests.sockets.pages import Page, cookie_of

WITHIN_S = 2.0


@pytest.fixture(scope="module", params=["eventlet", "threading"])
def running(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = Server(tmp_path_factory.mktemp("leaving"), FACILITATOR_ASYNC_MODE=request.param).start()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def account(running: Server) -> Therapist:
    return running.therapist()


class Room:
    """A room with a console, a co-therapist's console, two members and a screen, all watching."""

    def __init__(self, server: Server, account: Therapist) -> None:
        self.server = server
        # Each test has its own sign-in, because some of them end it.
        self.therapist = (
            Therapist(Browser(server.client()), server.client, email=account.email).sign_in().open_room()
        )
        self.co = Therapist(Browser(server.client()), server.client, email=account.email).sign_in()
        self.member, self.other = self.therapist.member(), self.therapist.member()
        code = self.therapist.code
        self.pages = {
            "member": self._page(self.member.browser, "/member", code=code),
            "other": self._page(self.other.browser, "/member", code=code),
            "therapist": self._page(self.therapist.browser, "/therapist", code=code),
            "co": self._page(self.co.browser, "/therapist", code=code),
            "screen": self._page(
                Browser(server.client()), "/screen", token=self.therapist.screen().path.split("/")[2]
            ),
        }

    def _page(self, browser: Browser, namespace: str, **auth: str) -> Page:
        page = Page(self.server.port, cookie=cookie_of(browser.http))
        page.watch(namespace, **auth)
        return page

    def closes_only(self, *names: str) -> bool:
        """Tell whether these sockets are dead within two seconds, and all the others still answer."""
        closed = {name for name in names if self.pages[name].closes(WITHIN_S)}
        alive = {
            name
            for name, page in self.pages.items()
            if name not in names and "regions" in page.ask(have="0.0")
        }
        return closed == set(names) and alive == set(self.pages) - set(names)

    def remove(self, member: Member) -> None:
        phones = self.therapist.snapshot()["regions"]["room"]["html"]
        # Which of the phones it is, nobody can tell: the one that is asleep is the one that we mean.
        seat = next(part.split('"')[0] for part in phones.split('name="seat" value="')[1:])
        self.therapist.does("remove", seat=seat)


@pytest.fixture
def room(running: Server, account: Therapist) -> Iterator[Room]:
    room = Room(running, account)
    yield room
    for page in room.pages.values():
        page.leave()


def test_a_removed_phones_socket_is_closed(room: Room) -> None:
    room.other.leave()
    assert room.closes_only("other")
    room.remove(room.member)
    assert room.pages["member"].closes(WITHIN_S)
    with pytest.raises(Refused, match="removed"):
        room.member.snapshot()
    for name in ("therapist", "co", "screen"):
        assert "regions" in room.pages[name].ask(have="0.0")


def test_a_removed_phone_is_locked_out_of_a_locked_room(room: Room) -> None:
    room.other.leave()
    room.remove(room.member)
    room.therapist.does("lock")
    assert room.pages["member"].closes(WITHIN_S)
    room.member.browser.http.cookies.clear()
    with pytest.raises(Refused, match="no_room"):
        room.member.join()
    page = Page(room.server.port, cookie=cookie_of(room.member.browser.http))
    with pytest.raises(ConnectionError):
        page.watch("/member", code=room.therapist.code)
    page.leave()


def test_locking_closes_nobodys_socket_who_is_inside(room: Room) -> None:
    room.therapist.does("lock")
    assert room.closes_only()


def test_a_member_who_leaves_is_not_told_any_more(room: Room) -> None:
    room.member.leave()
    assert room.closes_only("member")


def test_signing_out_closes_that_browsers_sockets(room: Room) -> None:
    room.co.browser.post("/sign-out")
    assert room.closes_only("co")


def test_ending_another_browsers_sign_in_closes_its_sockets(room: Room) -> None:
    listed = room.therapist.browser.page("/therapist/account/")
    refs = [part.split("/end")[0] for part in listed.split("/sign-ins/")[1:]]
    assert refs
    for ref in refs:
        room.therapist.browser.post(f"/therapist/account/sign-ins/{ref}/end")
    assert room.closes_only("co")


def test_a_changed_password_closes_the_sockets_of_every_browser(room: Room) -> None:
    """Also of the one that changed it, which has a new token now and comes back by itself."""
    browser = room.therapist.browser
    browser.post("/therapist/account/password", password=PASSWORD, new=PASSWORD)
    assert room.closes_only("co", "therapist")
    again = Page(room.server.port, cookie=cookie_of(browser.http))
    assert "regions" in again.watch("/therapist", code=room.therapist.code)
    again.leave()


def test_ending_a_room_closes_everybodys_sockets(room: Room) -> None:
    room.therapist.does("end")
    assert room.closes_only(*room.pages)
