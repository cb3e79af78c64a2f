"""What a page says when something went wrong: true for its reader, with a way on, and a number to ask by."""

import logging
import re
from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy.exc import OperationalError

from facilitator.services import Services
from tests.actors import Browser, NewClient, Refused, Therapist

ON_THIS_PHONE = "Your words are still on this phone."
NUMBER = re.compile(r"\d{3} \d{3}")
Break = Callable[[str, Exception], None]


@pytest.fixture
def fails(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Break:
    """Let a view fail from now on."""

    def fail(endpoint: str, error: Exception) -> None:
        def view(**_: str) -> None:
            raise error

        monkeypatch.setitem(app.view_functions, endpoint, view)

    return fail


@pytest.mark.parametrize(
    "error", [RuntimeError("x"), OperationalError("x", None, Exception())], ids=["ours", "away"]
)
def test_a_therapist_reads_nothing_of_phones_and_is_given_a_number_that_ends_the_log_line(
    therapist: Therapist, fails: Break, error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    fails("home.stories", error)
    page = therapist.browser.page("/therapist/stories")
    assert ON_THIS_PHONE not in page
    found = NUMBER.search(page.partition("If you ask for help, say: ")[2])
    assert found
    assert caplog.messages[-1].endswith(f", told as {found[0]}")
    assert not NUMBER.search(caplog.messages[-1].removesuffix(found[0]))


def test_no_two_failures_have_a_number_that_tells_of_the_other(
    therapist: Therapist, fails: Break, caplog: pytest.LogCaptureFixture
) -> None:
    fails("home.stories", RuntimeError("x"))
    for _ in range(30):
        therapist.browser.page("/therapist/stories")
    told = [int(one[-7:].replace(" ", "")) for one in caplog.messages if "told as" in one]
    assert len(told) == 30
    assert len(set(told)) > 25
    assert told != sorted(told)


def test_a_member_reads_that_the_words_are_safe_and_is_given_no_number(
    therapist: Therapist, fails: Break, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.ERROR)
    member = therapist.member()
    fails("members.quiet", RuntimeError("x"))
    fails("members.pass_", RuntimeError("x"))
    page = member.browser.page(f"/r/{therapist.code}/quiet")
    assert ON_THIS_PHONE in page
    assert "If you ask for help, say: mishap." in page
    with pytest.raises(Refused, match=ON_THIS_PHONE) as refused:
        member.pass_(round="x")
    assert set(refused.value.body["error"]) == {"code", "message"}


def test_a_script_of_a_console_is_given_the_number_too(therapist: Therapist, fails: Break) -> None:
    fails("rooms.act", RuntimeError("x"))
    with pytest.raises(Refused) as refused:
        therapist.does("lock")
    assert NUMBER.fullmatch(refused.value.body["error"]["number"])
    assert ON_THIS_PHONE not in refused.value.body["error"]["message"]


def test_try_again_is_a_link_to_the_page_itself_and_a_form_leads_back_to_its_room(
    therapist: Therapist, fails: Break
) -> None:
    fails("home.stories", RuntimeError("x"))
    fails("rooms.act", RuntimeError("x"))
    assert '<a class="button primary" href="">Try again</a>' in therapist.browser.page(
        "/therapist/stories?x=1"
    )
    answer = therapist.browser.submit_form(f"{therapist.base}lock", version=1)
    assert answer.status_code == 500
    assert '<a class="button primary" href=".">Back to the room</a>' in answer.text
    assert 'href=""' not in answer.text
    assert "<h1>What was asked" not in therapist.browser.page(therapist.base)


def test_a_page_that_is_not_there_is_named_so_and_not_offered_again(therapist: Therapist) -> None:
    page = therapist.browser.page("/no-such-page")
    assert "say: no page." in page
    assert "Try again" not in page
    with pytest.raises(Refused, match="no_page"):
        therapist.browser.get("/no-such-page")


def test_a_therapists_error_page_looks_like_the_other_pages_of_a_therapist(
    therapist: Therapist, new_client: NewClient, here: Services
) -> None:
    for path in ("/no-such-page", "/therapist/no-such-page"):
        page = therapist.browser.page(path)
        assert "css/home.css" in page
        assert 'href="/therapist/">Back to home' in page
    stranger = Browser(new_client()).page("/no-such-page")
    assert "css/front.css" in stranger
    assert 'href="/">Go to the first page' in stranger
    assert "Sign out" not in stranger
