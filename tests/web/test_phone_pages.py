"""The pages of a phone: what the clinic says in danger, what comes late, and how they travel."""

import gzip
from pathlib import Path

import brotli
import httpx
import pytest

from facilitator.app import create_app
from facilitator.config import CRISIS_TEXT, Config
from facilitator.services import Services
from facilitator.storage import tables
from tests.actors import Therapist
from tests.conftest import signed_in

OWN_WORDS = "In danger? Call or text 988, day or night."
BOTS = (
    "WhatsApp/2.23.20.0",
    "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)",
    "Mozilla/5.0 (Windows NT 6.1; WOW64) SkypeUriPreview Preview/0.5",
    "TelegramBot (like TwitterBot)",
    "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)",
)


@pytest.mark.parametrize("words", [None, OWN_WORDS])
def test_what_to_do_in_danger_is_one_tap_from_every_page_of_a_member(
    tmp_path: Path, words: str | None
) -> None:
    settings = {
        "FACILITATOR_DATA_DIR": str(tmp_path / "data"),
        "FACILITATOR_KEY_FILE": str(tmp_path / "instance.key"),
        "FACILITATOR_BASE_URL": "http://localhost:8000",
        "FACILITATOR_ASYNC_MODE": "threading",
    }
    app = create_app(Config.from_env(settings | ({"FACILITATOR_CRISIS_TEXT": words} if words else {})))

    def new_client() -> httpx.Client:
        return httpx.Client(transport=httpx.WSGITransport(app=app), base_url="http://localhost:8000")

    therapist = signed_in(app.extensions["perhaps"], new_client, "ada@clinic.example").open_room()
    expected = words or CRISIS_TEXT
    path = f"/r/{therapist.code}/"
    assert expected in therapist.stranger().page(f"/J/{therapist.code}")
    assert expected in therapist.stranger().page("/J/BBBBBBBB")
    member = therapist.member()
    room = member.browser.page(path)
    assert f'href="{path}quiet"' in room, "the quiet page is one tap away"
    assert expected in room, "and it is on the page itself when the room is stopped or over"
    assert expected in member.browser.page(f"{path}quiet")
    therapist.does("end")
    assert expected in member.browser.page(path)
    app.extensions["perhaps"].database.dispose()


def test_whoever_comes_after_closing_is_told_kindly_and_only_then(therapist: Therapist) -> None:
    def lands() -> str:
        newcomer = therapist.stranger()
        answer = newcomer.submit_form(f"/r/{therapist.code}/join")
        return newcomer.page(answer.headers["Location"])

    late = "You joined a bit late."
    assert late not in lands()
    therapist.starts_guessing()
    assert late not in lands()
    therapist.does("close")
    assert late in lands()


def test_previews_of_the_link_in_chats_make_no_seat(therapist: Therapist, here: Services) -> None:
    """C-22: Whatever follows the link without a person makes no seat and knocks at no door."""
    bot = therapist.stranger()
    for name in BOTS:
        for path in (f"/J/{therapist.code}", f"/r/{therapist.code}/"):
            for method in ("GET", "HEAD"):
                answer = bot.http.request(method, path, headers={"User-Agent": name}, follow_redirects=True)
                assert answer.status_code == 200
    with here.database.read() as tx:
        assert tx.execute(tables.seat.select()).all() == []
        assert tx.execute(tables.knock.select()).all() == []


@pytest.mark.parametrize("encoding, unpack", [("br", brotli.decompress), ("gzip", gzip.decompress)])
def test_answers_to_members_are_compressed_when_they_may_be(
    therapist: Therapist, encoding: str, unpack: object
) -> None:
    member = therapist.member()
    path = f"/r/{therapist.code}/"

    def raw(accepted: str) -> tuple[httpx.Headers, bytes]:
        with member.browser.http.stream("GET", path, headers={"Accept-Encoding": accepted}) as answer:
            return answer.headers, b"".join(answer.iter_raw())

    headers, packed = raw(encoding)
    plain_headers, plain = raw("identity")
    assert headers["Content-Encoding"] == encoding
    assert headers["Vary"] == plain_headers["Vary"] == "Accept-Encoding"
    assert unpack(packed) == plain  # type: ignore[operator]
    assert len(packed) < len(plain) / 2
    assert "Content-Encoding" not in plain_headers


def test_consoles_and_screens_are_not_compressed(therapist: Therapist) -> None:
    screen = therapist.screen()
    for browser, path in ((therapist.browser, therapist.base), (screen.browser, screen.path)):
        assert "Content-Encoding" not in browser.http.get(path).headers
