"""What a therapist meets before the first room: the first account, codes from an app, a lost password."""

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pyotp
from playwright.sync_api import Page

from tests.actors import PASSWORD
from tests.e2e.detours import State
from tests.server import Server

if TYPE_CHECKING:
    from tests.e2e.tour import Tour

EMAIL = "iris@clinic.example"


def newcomers(tour: "Tour") -> Iterator[State]:
    """Go through it on a server where nobody has been yet."""
    with tempfile.TemporaryDirectory() as folder:
        server = Server(Path(folder)).start()
        console = tour.page()
        try:
            yield from first_account(console, server)
            yield from codes_from_an_app(console, server)
            yield from forgotten_password(console, server)
        finally:
            server.stop()


def first_account(page: Page, server: Server) -> Iterator[State]:
    page.goto(server.first_link)
    yield State("set-up", {"console": page})
    page.get_by_label("E-mail address").fill(EMAIL)
    page.get_by_label("Password").fill("short")
    page.evaluate("document.querySelector('main form').noValidate = true")
    page.get_by_role("button", name="Begin").click()
    page.locator("#set-up-error").wait_for()
    yield State("set-up-refused", {"console": page})
    assert page.get_by_label("E-mail address").input_value() == EMAIL
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Begin").click()
    page.wait_for_url("**/therapist/")
    yield State("first-home", {"console": page})


def codes_from_an_app(page: Page, server: Server) -> Iterator[State]:
    page.goto(f"{server.url}/therapist/account/two-factor")
    page.get_by_label("Type the code that it shows").fill("000000")
    page.get_by_role("button", name="Switch on").click()
    page.locator("#code-error", has_text="code").wait_for()
    yield State("code-of-another-app", {"console": page})
    app = pyotp.TOTP(page.locator(".authenticator-key").inner_text().replace(" ", ""))
    page.get_by_label("Type the code that it shows").fill(app.now())
    page.get_by_role("button", name="Switch on").click()
    page.get_by_role("heading", name="Keep these recovery codes").wait_for()
    recovery = page.locator(".recovery-codes li").first.inner_text()
    yield State("recovery-codes", {"console": page})
    page.goto(f"{server.url}/therapist/account/two-factor")
    yield State("two-factor-on", {"console": page})
    page.context.clear_cookies()
    sign_in(page, server)
    page.get_by_role("heading", name="Your code").wait_for()
    yield State("sign-in-code", {"console": page})
    page.get_by_label("Your code").fill("000000")
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.locator("#code-error", has_text="code").wait_for()
    page.get_by_text("I do not have the app here").click()
    yield State("recovery-asked", {"console": page})
    page.get_by_label("One of your recovery codes").fill(recovery)
    page.get_by_role("button", name="Sign in with it").click()
    page.wait_for_url("**/therapist/")


def forgotten_password(page: Page, server: Server) -> Iterator[State]:
    link = server.runs("therapist", "reset", EMAIL)
    page.context.clear_cookies()
    sign_in(page, server, password="not this one")
    page.locator(".error").filter(visible=True).first.wait_for()
    yield State("sign-in-refused", {"console": page})
    page.goto(f"{server.url}{urlsplit(link.strip()).path}")
    yield State("reset", {"console": page})


def sign_in(page: Page, server: Server, *, password: str = PASSWORD) -> None:
    page.goto(server.url)
    page.get_by_text("Sign in as a therapist").click()
    page.get_by_label("E-mail address").fill(EMAIL)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in", exact=True).click()
