"""Getting in: a code opens a room, a POST makes the seat, and the door tells strangers nothing."""

import httpx
import pytest

from facilitator.services import Services
from facilitator.storage import tables
from tests.actors import Browser, Member, Refused, Therapist


def seats(here: Services) -> int:
    with here.database.read() as tx:
        return len(tx.execute(tables.seat.select()).all())


def test_a_link_preview_bot_makes_no_seat(therapist: Therapist, here: Services) -> None:
    bot = therapist.stranger()
    assert "Before you join" in bot.page(f"/J/{therapist.code}")
    assert seats(here) == 0


def test_joining_makes_one_seat_however_often_it_is_tapped(therapist: Therapist, here: Services) -> None:
    member = therapist.member()
    member.join()
    assert seats(here) == 1


def tap_again(therapist: Therapist, phone: Browser) -> Member:
    """Tap "Join" once more before the first answer: all that the phone has is its place at the door."""
    again = Browser(therapist.new_client())
    again.http.cookies.set("door", phone.http.cookies["door"], domain="localhost.local")
    return Member(again, therapist.code).join()


def test_two_taps_before_the_first_answer_make_one_seat(therapist: Therapist, here: Services) -> None:
    phone = therapist.stranger()
    phone.page(f"/J/{therapist.code}")
    first = Member(phone, therapist.code).join()
    again = tap_again(therapist, phone)
    assert seats(here) == 1
    assert first.browser.http.cookies["seat"] == again.browser.http.cookies["seat"]


def test_whoever_left_comes_back_as_somebody_new(therapist: Therapist, here: Services) -> None:
    phone = therapist.stranger()
    phone.page(f"/J/{therapist.code}")
    member = Member(phone, therapist.code).join()
    before = phone.http.cookies["seat"]
    phone.post(f"/r/{therapist.code}/leave")
    member.join()
    assert seats(here) == 2
    assert phone.http.cookies["seat"] != before


def test_a_phone_that_was_removed_does_not_come_in_by_its_place_at_the_door(
    therapist: Therapist, here: Services
) -> None:
    phone = therapist.stranger()
    phone.page(f"/J/{therapist.code}")
    Member(phone, therapist.code).join()
    phone.page(f"/r/{therapist.code}/")
    with here.database.read() as tx:
        (ref,) = tx.scalars(tables.seat.select().with_only_columns(tables.seat.c.ref))
    therapist.does("remove", seat=ref)
    with pytest.raises(Refused, match="removed"):
        tap_again(therapist, phone)


def test_the_scanned_address_opens_in_any_case(therapist: Therapist) -> None:
    for path in (f"/J/{therapist.code}", f"/j/{therapist.code.lower()}"):
        answer = therapist.stranger().http.get(path)
        assert answer.status_code == 200
        assert f'action="/r/{therapist.code}/join"' in answer.text
        seated = therapist.member().browser.http.get(path)
        assert (seated.status_code, seated.headers["Location"]) == (303, f"/r/{therapist.code}/")


def test_a_phone_with_a_seat_elsewhere_is_asked_first(
    therapist: Therapist, other_therapist: Therapist, here: Services
) -> None:
    member = therapist.member()
    path = f"/r/{other_therapist.code}/join"
    asked = member.browser.submit_form(path)
    assert asked.status_code == 200
    assert member.browser.post(path) == {"next": f"/r/{other_therapist.code}/"}
    assert seats(here) == 1
    Member(member.browser, other_therapist.code).join(move="yes")
    assert seats(here) == 2


def test_a_stranger_cannot_tell_an_unknown_a_locked_and_an_ended_code_apart(therapist: Therapist) -> None:
    ended = therapist.code
    therapist.does("end")
    therapist.open_room()
    therapist.does("lock")
    answers: list[httpx.Response] = []
    for code in ("BBBBBBBB", therapist.code, ended):
        answers.append(therapist.stranger().submit_form("/join", code=code))
        answers.append(therapist.stranger().http.get(f"/r/{code}/"))
    assert {answer.status_code for answer in answers} == {404}
    codes = ("BBBBBBBB", therapist.code, ended)
    bodies = {answer.text.replace(code, "CODE") for answer, code in zip(answers[::2], codes, strict=True)}
    assert len(bodies) == 1


def test_whoever_knocks_at_a_locked_room_comes_in_once_admitted(therapist: Therapist, here: Services) -> None:
    therapist.does("lock")
    waiting = therapist.stranger()
    with pytest.raises(Refused, match="no_room"):
        waiting.post("/join", code=therapist.code)
    here.upkeep.tick()
    assert therapist.sees("Someone is at the door")
    therapist.does("admit")
    waiting.post("/join", code=therapist.code)
    Member(waiting, therapist.code).join()
    assert seats(here) == 1


def test_nobody_joins_a_locked_room_unasked(therapist: Therapist, here: Services) -> None:
    therapist.does("lock")
    with pytest.raises(Refused, match="no_room"):
        Member(therapist.stranger(), therapist.code).join()
    assert seats(here) == 0


def test_a_removed_phone_is_told_so(therapist: Therapist, here: Services) -> None:
    member = therapist.member()
    member.browser.page(f"/r/{member.code}/")
    with here.database.read() as tx:
        ref = tx.execute(tables.seat.select()).one().ref
    therapist.does("remove", seat=ref)
    with pytest.raises(Refused, match="removed"):
        member.snapshot()


def test_a_second_tap_on_leave_says_goodbye_again(therapist: Therapist) -> None:
    member = therapist.member()
    pages = []
    for _ in range(2):
        cookie = member.seat
        pages.append(member.browser.submit_form(f"/r/{member.code}/leave"))
        member.browser.http.cookies.set("seat", cookie or "")  # The second tap was on its way already.
    assert [one.status_code for one in pages] == [200, 200]
    assert pages[0].text == pages[1].text
    assert "You have left the room." in pages[1].text
    assert member.leave() == {"snapshot": None}


def test_a_form_from_another_site_is_refused(therapist: Therapist) -> None:
    browser: Browser = therapist.stranger()
    for origin in ("https://elsewhere.example", "null"):
        browser.http.headers["Origin"] = origin
        with pytest.raises(Refused, match="cross_site"):
            browser.post(f"/r/{therapist.code}/join")
    del browser.http.headers["Origin"]
    with pytest.raises(Refused, match="cross_site"):
        browser.post(f"/r/{therapist.code}/join")
