"""What stays of a room, saved as a table: what its page shows, and no more."""

import csv
import html
import io
import re

import httpx
import pytest

from facilitator.services import Services
from facilitator.web.spreadsheet import as_csv
from tests.actors import Therapist

HEAD = ["Year", "Story", "Part", "Second look", "What was asked"]


def ended(therapist: Therapist) -> str:
    """Lead a room through two stories, the first one twice, and return where its summary is."""
    for vignette in ("waving", "the-drill", "waving"):
        member = therapist.member()
        therapist.starts_guessing(vignette)
        member.submit("A guess that nobody may find again")
        therapist.does("close")
        therapist.reveals()
        if vignette == "the-drill":
            therapist.does("second-look")
            therapist.does("close")
        therapist.does("finish")
    path: str = therapist.does("end")["summary_url"]
    return path


def saved(therapist: Therapist, path: str) -> tuple[httpx.Response, list[list[str]]]:
    answer = therapist.browser.http.get(f"{path}/export")
    return answer, list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"), newline="")))


def test_a_table_holds_what_the_page_shows_in_its_order_and_no_more(therapist: Therapist) -> None:
    path = ended(therapist)
    page = html.unescape(therapist.browser.page(path))
    answer, (head, *rows) = saved(therapist, path)
    assert answer.content.startswith(b"\xef\xbb\xbf")
    assert head == HEAD
    assert len(rows) == 4
    year = re.search(r"(\d{4})\. No guesses", page)
    assert year
    shown = []
    for section in page.split('<h2 class="voice">')[1:]:
        for item in section.split("<li>")[1:]:
            prompt = re.search(r'dir="auto">(.*?)</span>', item)
            part = re.search(r"Part (\d)(, second look)?", item)
            assert prompt
            assert part
            shown.append([year[1], section.partition("<")[0], part[1], "yes" if part[2] else "no", prompt[1]])
    assert rows == shown
    assert [one[3] for one in rows].count("yes") == 1


def test_the_page_leads_to_the_table_and_its_name_tells_nothing(therapist: Therapist) -> None:
    path = ended(therapist)
    assert f'href="{path}/export" download' in therapist.browser.page(path)
    answer, _ = saved(therapist, path)
    assert answer.headers["Content-Disposition"] == 'attachment; filename="room.csv"'


def test_a_table_is_its_therapists_alone_and_goes_with_the_summary(
    therapist: Therapist, other_therapist: Therapist
) -> None:
    path = therapist.does("end")["summary_url"]
    assert other_therapist.browser.http.get(f"{path}/export").status_code == 403
    assert saved(therapist, path)[1] == [HEAD]
    therapist.browser.post(f"{path}/delete")
    assert therapist.browser.http.get(f"{path}/export").status_code == 404


def test_nothing_that_anybody_wrote_or_anybody_is_can_be_saved(therapist: Therapist, here: Services) -> None:
    answer, _ = saved(therapist, ended(therapist))
    for secret in ("nobody may find again", therapist.code, therapist.email, "ada"):
        assert secret not in answer.text


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1"])
def test_no_cell_is_a_formula(cell: str) -> None:
    (row,) = list(csv.reader(io.StringIO(as_csv((), [[cell, "plain"]]).decode("utf-8-sig"), newline="")))[1:]
    assert row == [f"'{cell}", "plain"]


def test_commas_quotes_and_lines_stay_in_their_cell() -> None:
    cells = ['She said "perhaps", and left', "one\ntwo", "Žofie · 🙂"]
    read = list(csv.reader(io.StringIO(as_csv(cells, [cells]).decode("utf-8-sig"), newline="")))
    assert read == [cells, cells]
