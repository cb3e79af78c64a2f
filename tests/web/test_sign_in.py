"""Signing in: a password, perhaps a code, one browser at a time, and no way round."""

import os
import re
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from unittest import mock
from urllib.parse import urlsplit

import httpx
import pyotp
import pytest
import sqlalchemy as sa
from flask import Flask

from facilitator.app import create_app, first_link
from facilitator.config import Config
from facilitator.services import Services
from facilitator.storage import sign_ins, tables, therapists
from facilitator.storage.rotation import rotate_keys
from tests.actors import PASSWORD, Browser, NewClient, Refused, Therapist
from tests.conftest import ORIGIN, PASSWORD_HASH

ADA = "ada@clinic.example"
TWO_FACTOR = "/therapist/account/two-factor"


class App:
    """An authenticator app on a therapist's phone; it shows each code as at `ahead` steps from now."""

    def __init__(self, page: str) -> None:
        found = re.search(r'authenticator-key">([A-Z2-7 ]+)<', page)
        assert found
        self.totp = pyotp.TOTP(found[1].replace(" ", ""))

    def code(self, ahead: int = 0) -> str:
        return self.totp.at(time.time(), counter_offset=ahead)


@pytest.fixture
def app_of(therapist: Therapist) -> Callable[[], tuple[App, list[str]]]:
    """Switch two-factor on for the therapist, and return the app and the recovery codes."""

    def switch_on() -> tuple[App, list[str]]:
        app = App(therapist.browser.page(TWO_FACTOR))
        return app, therapist.browser.post(TWO_FACTOR, code=app.code(-1))["recovery_codes"]

    return switch_on


@pytest.fixture
def stranger(new_client: NewClient, here: Services) -> Browser:
    return Browser(new_client())


def sign_in(browser: Browser, password: str = PASSWORD, email: str = ADA) -> dict[str, object]:
    return browser.post("/sign-in", email=email, password=password)


def token(browser: Browser) -> str | None:
    return browser.http.cookies.get("sign-in")


def is_in(browser: Browser) -> bool:
    return browser.http.get("/therapist/").status_code == 200


def test_each_sign_in_has_a_new_token_and_the_old_one_is_void(therapist: Therapist) -> None:
    old, client = token(therapist.browser), Browser(therapist.new_client())
    assert old
    client.http.cookies.set("sign-in", old)
    therapist.sign_in()
    assert token(therapist.browser) != old
    assert not is_in(client)


def test_a_token_that_somebody_planted_is_not_taken_over(therapist: Therapist, stranger: Browser) -> None:
    stranger.http.cookies.set("sign-in", "planted")
    sign_in(stranger)
    assert "planted" not in {
        one.value for one in stranger.http.cookies.jar if one.domain == "localhost.local"
    }


def test_only_a_hash_of_the_token_is_kept(therapist: Therapist, here: Services) -> None:
    with here.database.read() as tx:
        kept = str(tx.execute(sa.select(tables.sign_in)).all())
    assert str(token(therapist.browser)) not in kept


@pytest.mark.parametrize("how", ["json", "page"])
def test_an_unknown_address_and_a_wrong_password_get_the_same_words(
    therapist: Therapist, stranger: Browser, how: str
) -> None:
    accept = {"Accept": "application/json" if how == "json" else "text/html"}
    answers = [
        stranger.http.post("/sign-in", data={"email": email, "password": "not this one"}, headers=accept)
        for email in (ADA, "eve@clinic.example")
    ]
    assert [one.status_code for one in answers] == [401, 401]
    assert answers[0].text.replace(ADA, "E") == answers[1].text.replace("eve@clinic.example", "E")
    assert {k: v for k, v in answers[0].headers.items() if k != "content-length"} == {
        k: v for k, v in answers[1].headers.items() if k != "content-length"
    }


def test_an_unknown_address_is_hashed_as_often_as_a_known_one(here: Services, stranger: Browser) -> None:
    with here.database.write() as tx:
        therapists.add(tx, ADA, therapists.hash_password(PASSWORD))
    # Counting the hashings, which take nearly all of the time, says more than a stopwatch on a busy machine.
    for email in (ADA, "eve@clinic.example"):
        with (
            mock.patch.object(therapists, "_hasher", wraps=therapists._hasher) as hasher,
            pytest.raises(Refused, match="signed_out"),
        ):
            sign_in(stranger, "not this one", email)
        assert hasher.verify.call_count == 1
        (checked, _), _ = hasher.verify.call_args
        assert checked.startswith("$argon2id$v=19$m=65536,t=3,p=4$")


def test_a_sign_in_ends_when_it_is_idle_and_when_it_is_old(therapist: Therapist, here: Services) -> None:
    held, now = str(token(therapist.browser)), time.time()
    with here.database.write() as tx:
        assert sign_ins.find(tx, held, now=now + sign_ins.IDLE_S - 60)
        assert not sign_ins.find(tx, held, now=now + sign_ins.IDLE_S + 60)
        for hour in range(sign_ins.ABSOLUTE_S // 3600 + 2):
            sign_ins.note(tx, held, now=now + hour * 3600)
        assert not sign_ins.find(tx, held, now=now + sign_ins.ABSOLUTE_S + 60)


def test_a_page_keeps_its_sign_in_from_idling_out(therapist: Therapist, here: Services) -> None:
    for ago, noted in ((sign_ins.NOTED_S - 60, False), (sign_ins.NOTED_S + 60, True)):
        with here.database.write() as tx:
            tx.execute(tables.sign_in.update().values(seen=time.time() - ago))
        therapist.snapshot()
        with here.database.read() as tx:
            seen = tx.scalar(sa.select(tables.sign_in.c.seen))
        assert (time.time() - seen < 60) is noted


def test_a_therapist_sees_and_ends_other_browsers(therapist: Therapist, stranger: Browser) -> None:
    stranger.http.headers["User-Agent"] = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Firefox/140.0"
    sign_in(stranger)
    page = therapist.browser.page("/therapist/account/")
    assert "Firefox on Linux" in page
    assert page.count("this browser") == 1
    (path,) = re.findall(r'action="(\S+/end)"', page)
    therapist.browser.submit_form(path)
    assert not is_in(stranger)
    assert is_in(therapist.browser)


def test_nobody_ends_the_sign_in_of_another_therapist(
    therapist: Therapist, other_therapist: Therapist, here: Services
) -> None:
    with here.database.read() as tx:
        refs = tx.scalars(sa.select(tables.sign_in.c.ref)).all()
    for ref in refs:
        if not is_in(other_therapist.browser):
            break
        other_therapist.browser.post(f"/therapist/account/sign-ins/{ref}/end")
    assert is_in(therapist.browser)


def test_a_changed_password_signs_out_every_other_browser(therapist: Therapist, stranger: Browser) -> None:
    sign_in(stranger)
    before = token(therapist.browser)
    therapist.browser.post("/therapist/account/password", password=PASSWORD, new="four quiet windows")
    assert is_in(therapist.browser)
    assert token(therapist.browser) != before
    assert not is_in(stranger)
    with pytest.raises(Refused, match="signed_out"):
        sign_in(stranger)
    sign_in(stranger, "four quiet windows")


@pytest.mark.parametrize(
    "path", ["/therapist/account/password", f"{TWO_FACTOR}/off", "/therapist/account/recovery-codes"]
)
def test_an_open_laptop_changes_nothing_without_the_password(
    therapist: Therapist, app_of: Callable[[], tuple[App, list[str]]], path: str, stranger: Browser
) -> None:
    app_of()
    with pytest.raises(Refused, match="not_yours"):
        therapist.browser.post(path, password="not this one", new="four quiet windows")
    page = therapist.browser.submit_form(path, password="not this one", new="four quiet windows")
    assert (page.status_code, "Nothing was changed" in page.text) == (400, True)
    assert sign_in(stranger)["next"] == "/sign-in/code"


def test_without_the_code_a_right_password_opens_nothing(
    therapist: Therapist, app_of: Callable[[], tuple[App, list[str]]], stranger: Browser
) -> None:
    app_of()
    assert sign_in(stranger) == {"signed_in": False, "next": "/sign-in/code"}
    for path in (
        "/therapist/",
        therapist.base,
        f"{therapist.base}snapshot",
        "/therapist/account/",
        TWO_FACTOR,
    ):
        assert stranger.http.get(path).status_code == 401, path
    with pytest.raises(Refused, match="signed_out"):
        stranger.post(TWO_FACTOR, code="123456")


def test_with_the_code_one_is_in_and_the_half_sign_in_is_void(
    therapist: Therapist, app_of: Callable[[], tuple[App, list[str]]], stranger: Browser
) -> None:
    app, _ = app_of()
    sign_in(stranger)
    half = token(stranger)
    code = app.code()
    page = stranger.submit_form("/sign-in/code", code=f" {code[:3]} {code[3:]} ")
    assert (page.status_code, page.headers["Location"]) == (303, "/therapist/")
    assert is_in(stranger)
    assert token(stranger) != half


def test_a_code_works_once_and_no_older_one_after_it(
    therapist: Therapist, app_of: Callable[[], tuple[App, list[str]]], new_client: NewClient
) -> None:
    app, _ = app_of()
    seen = app.code()
    for allowed, code in ((True, seen), (False, seen), (False, app.code(-1)), (True, app.code(1))):
        browser = Browser(new_client())
        sign_in(browser)
        if allowed:
            browser.post("/sign-in/code", code=code)
        else:
            with pytest.raises(Refused, match="signed_out"):
                browser.post("/sign-in/code", code=code)
        assert is_in(browser) is allowed


@pytest.mark.parametrize("ahead", [-3, -2, 2, 3])
def test_a_code_of_another_time_does_not_fit(
    therapist: Therapist, app_of: Callable[[], tuple[App, list[str]]], stranger: Browser, ahead: int
) -> None:
    app, _ = app_of()
    sign_in(stranger)
    # Should a step pass right now, then 2 ahead would be 1.
    while time.time() % 30 > 28:
        time.sleep(0.1)
    with pytest.raises(Refused, match="signed_out"):
        stranger.post("/sign-in/code", code=app.code(ahead))


def test_a_recovery_code_works_once_in_any_spelling(
    therapist: Therapist, app_of: Callable[[], tuple[App, list[str]]], stranger: Browser
) -> None:
    _, codes = app_of()
    assert len(set(codes)) == 10
    for allowed in (True, False):
        stranger.http.cookies.clear()
        sign_in(stranger)
        if allowed:
            stranger.post("/sign-in/code", code=codes[3].lower().replace(" ", "-"))
        else:
            with pytest.raises(Refused, match="signed_out"):
                stranger.post("/sign-in/code", code=codes[3])
    assert "9 of 10 left" in therapist.browser.page(TWO_FACTOR)


def test_new_recovery_codes_void_the_old_ones(
    therapist: Therapist, app_of: Callable[[], tuple[App, list[str]]], stranger: Browser
) -> None:
    _, old = app_of()
    new = therapist.browser.post("/therapist/account/recovery-codes", password=PASSWORD)["recovery_codes"]
    sign_in(stranger)
    with pytest.raises(Refused, match="signed_out"):
        stranger.post("/sign-in/code", code=old[0])
    stranger.post("/sign-in/code", code=new[0])


def test_the_recovery_code_of_another_therapist_opens_nothing(
    therapist: Therapist,
    other_therapist: Therapist,
    app_of: Callable[[], tuple[App, list[str]]],
    stranger: Browser,
) -> None:
    app_of()
    browser = other_therapist.browser
    codes = browser.post(TWO_FACTOR, code=App(browser.page(TWO_FACTOR)).code())["recovery_codes"]
    sign_in(stranger)
    with pytest.raises(Refused, match="signed_out"):
        stranger.post("/sign-in/code", code=codes[0])


def test_neither_the_secret_nor_a_recovery_code_is_kept_in_the_clear(
    therapist: Therapist, app_of: Callable[[], tuple[App, list[str]]], config: Config
) -> None:
    app, codes = app_of()
    secret = app.totp.secret
    kept = b"".join(path.read_bytes() for path in config.data_dir.glob("perhaps.db*"))
    for form in (secret.encode(), app.totp.byte_secret(), app.totp.byte_secret().hex().encode()):
        assert form not in kept
    for code in codes:
        assert code.encode() not in kept
        assert code.replace(" ", "").encode() not in kept


def test_two_factor_outlives_a_rotation_of_the_keys(
    therapist: Therapist, app_of: Callable[[], tuple[App, list[str]]], here: Services, stranger: Browser
) -> None:
    app, _ = app_of()
    rotate_keys(here.database, here.keys)
    sign_in(stranger)
    stranger.post("/sign-in/code", code=app.code())
    assert is_in(stranger)


def test_a_secret_that_nobody_confirmed_asks_for_nothing_and_is_made_anew(
    therapist: Therapist, stranger: Browser
) -> None:
    first = App(therapist.browser.page(TWO_FACTOR))
    sign_in(stranger)
    assert is_in(stranger)
    App(therapist.browser.page(TWO_FACTOR))
    with pytest.raises(Refused, match="bad_form"):
        therapist.browser.post(TWO_FACTOR, code=first.code())


def test_a_wrong_first_code_shows_the_same_secret_again(therapist: Therapist) -> None:
    shown = App(therapist.browser.page(TWO_FACTOR))
    page = therapist.browser.submit_form(TWO_FACTOR, code="nonsense")
    assert page.status_code == 400
    assert App(page.text).totp.secret == shown.totp.secret


def test_switching_on_signs_out_every_other_browser(
    therapist: Therapist, app_of: Callable[[], tuple[App, list[str]]], stranger: Browser
) -> None:
    sign_in(stranger)
    app_of()
    assert is_in(therapist.browser)
    assert not is_in(stranger)


def test_switched_off_the_password_is_enough_and_nothing_is_left(
    therapist: Therapist, app_of: Callable[[], tuple[App, list[str]]], here: Services, stranger: Browser
) -> None:
    app_of()
    therapist.browser.post(f"{TWO_FACTOR}/off", password=PASSWORD)
    assert sign_in(stranger) == {"signed_in": True}
    with here.database.read() as tx:
        assert tx.execute(sa.select(tables.recovery_code)).all() == []
        owners = tx.scalars(sa.select(tables.data_key.c.owner)).all()
    assert not [one for one in owners if one.startswith("totp:")]


def test_passwords_are_tried_slowly_and_the_right_one_still_works(
    therapist: Therapist, app: Flask, stranger: Browser
) -> None:
    slept: list[float] = []
    app.extensions["sign_in_turnstile"]._sleep = slept.append
    for place in range(20):
        with pytest.raises(Refused, match="signed_out"):
            sign_in(stranger, f"a wrong green chair {place}")
    assert slept == []
    with pytest.raises(Refused, match="signed_out"):
        sign_in(stranger, "one more wrong chair")
    assert sign_in(stranger) == {"signed_in": True}
    assert len(slept) == 2


def test_codes_are_tried_slowly_by_account_and_nobody_is_locked_out(
    therapist: Therapist, app_of: Callable[[], tuple[App, list[str]]], app: Flask, stranger: Browser
) -> None:
    phone, _ = app_of()
    slept: list[float] = []
    app.extensions["code_turnstile"]._sleep = slept.append
    sign_in(stranger)
    for _ in range(5):
        with pytest.raises(Refused, match="signed_out"):
            stranger.post("/sign-in/code", code="000000")
    assert slept == []
    with pytest.raises(Refused, match="signed_out"):
        stranger.post("/sign-in/code", code="000000")
    stranger.post("/sign-in/code", code=phone.code())
    assert len(slept) == 2
    assert slept[1] == pytest.approx(15, abs=2)


def test_where_it_is_required_the_first_sign_in_leads_to_the_set_up(config: Config, here: Services) -> None:
    from dataclasses import replace

    with here.database.write() as tx:
        therapists.add(tx, ADA, PASSWORD_HASH)
    app = create_app(replace(config, require_totp=True))
    browser = Browser(httpx.Client(transport=httpx.WSGITransport(app=app), base_url=ORIGIN))
    assert sign_in(browser) == {"signed_in": False, "next": TWO_FACTOR}
    assert not is_in(browser)
    page = browser.page(TWO_FACTOR)
    assert "Not now" not in page
    browser.post(TWO_FACTOR, code=App(page).code())
    assert is_in(browser)
    with pytest.raises(Refused, match="not_yours"):
        browser.post(f"{TWO_FACTOR}/off", password=PASSWORD)
    app.extensions["perhaps"].database.dispose()


def flask(config: Config, *words: str, typed: str = "") -> str:
    """Run a command as an operator does."""
    env = os.environ | {
        "FACILITATOR_DATA_DIR": str(config.data_dir),
        "FACILITATOR_KEY_FILE": str(config.key_file),
        "FACILITATOR_BASE_URL": ORIGIN,
        "FACILITATOR_ASYNC_MODE": "threading",
        "FACILITATOR_DATABASE_URL": config.database_url,
    }
    command = [sys.executable, "-m", "flask", "--app", "facilitator.app", *words]
    done = subprocess.run(
        command, cwd=Path(__file__).parents[2], env=env, input=typed, text=True, capture_output=True
    )
    return done.stdout + done.stderr


def test_a_link_from_the_command_line_changes_the_password_once(
    therapist: Therapist, stranger: Browser, config: Config
) -> None:
    link = flask(config, "therapist", "reset", ADA).strip()
    path = urlsplit(link).path
    assert ADA in stranger.page(path)
    assert stranger.submit_form(path, password="short").status_code == 400
    stranger.post(path, password="four quiet windows")
    assert is_in(stranger)
    assert not is_in(therapist.browser)
    for call in (lambda: stranger.post(path, password="four loud windows"), lambda: stranger.get(path)):
        with pytest.raises(Refused, match="bad_form"):
            call()
    sign_in(stranger, "four quiet windows")


def test_of_the_first_therapists_links_each_works_until_there_is_an_account(
    app: Flask, stranger: Browser
) -> None:
    first, second = (urlsplit(first_link(app) or "").path for _ in range(2))
    stranger.post(first, email=ADA, password=PASSWORD)
    assert is_in(stranger)
    assert first_link(app) is None
    for link in (first, second):
        with pytest.raises(Refused, match="bad_form"):
            stranger.get(link)


def test_a_newer_link_or_an_hour_makes_a_link_void(therapist: Therapist, here: Services) -> None:
    now = time.time()
    with here.database.write() as tx:
        found = therapists.find(tx, ADA)
        assert found
        first = therapists.make_reset_link(tx, found.therapist, now=now)
        second = therapists.make_reset_link(tx, found.therapist, now=now)
        assert therapists.of_reset_link(tx, first, now=now) is None
        assert therapists.of_reset_link(tx, second, now=now + 3_590)
        assert therapists.of_reset_link(tx, second, now=now + 3_601) is None


def test_a_link_does_not_go_round_the_code(
    therapist: Therapist,
    app_of: Callable[[], tuple[App, list[str]]],
    stranger: Browser,
    here: Services,
) -> None:
    app_of()
    with here.database.write() as tx:
        found = therapists.find(tx, ADA)
        assert found
        link = therapists.make_reset_link(tx, found.therapist, now=time.time())
    assert stranger.post(f"/reset/{link}", password="four quiet windows")["next"] == "/sign-in/code"
    assert not is_in(stranger)


def test_a_password_from_the_command_line_and_two_factor_off(
    therapist: Therapist,
    app_of: Callable[[], tuple[App, list[str]]],
    stranger: Browser,
    config: Config,
) -> None:
    app_of()
    said = flask(
        config,
        "therapist",
        "reset",
        ADA,
        "--password-stdin",
        "--two-factor-off",
        typed="four quiet windows\n",
    )
    assert "The password is changed" in said
    assert not is_in(therapist.browser)
    assert sign_in(stranger, "four quiet windows") == {"signed_in": True}
    assert "no account" in flask(config, "therapist", "reset", "eve@clinic.example")
