"""The therapist's own pages beside the console: home, the stories, practice, what was asked before."""

from typing import Any

from flask import Blueprint, Response, render_template, request

from facilitator import access
from facilitator.core.codes import show_code
from facilitator.core.errors import BadForm, NoRoom, NotYours
from facilitator.core.screen import Where
from facilitator.core.vignette import Vignette, VignetteId
from facilitator.services import services
from facilitator.storage import endings, rooms, therapists
from facilitator.storage.endings import Summary
from facilitator.storage.rooms import RoomRecord
from facilitator.storage.therapists import Habits, Therapist
from facilitator.web.answer import answer, place_to_look
from facilitator.web.rooms import stay_signed_in
from facilitator.web.spreadsheet import as_csv

bp = Blueprint("home", __name__, url_prefix="/therapist")
bp.after_request(stay_signed_in)


@bp.get("/")
def home() -> str:
    """Open a room, or go back to one; `story` names the one to begin with."""
    who, here = access.therapist(), services()
    with here.database.read() as tx:
        live = rooms.of_therapist(tx, who.id)
    habits = _habits(who)
    asked_for = request.args.get("story", "")
    return render_template(
        "therapist/home.html",
        therapist=who,
        stories=here.library.values(),
        story=asked_for if asked_for in here.library else habits.vignette,
        where=habits.where,
        rooms=[_open_room(one) for one in live],
    )


@bp.post("/rooms")
def make() -> Response:
    """Open a room, and remember with what."""
    who, here = access.therapist(), services()
    habits = _chosen(who)
    record = here.live.make_room(who.id, VignetteId(habits.vignette), Where(habits.where))
    with here.database.write() as tx:
        therapists.remember(tx, who, habits)
    return _to_console(record)


@bp.post("/practice")
def practise() -> Response:
    """Open a room with six pretend members; the one before it, if there is one, is over."""
    who, here = access.therapist(), services()
    habits = _chosen(who)
    with here.database.read() as tx:
        before = [one for one in rooms.of_therapist(tx, who.id) if one.practice]
    for one in before:
        here.live.end(one.id)
    place = Where(habits.where)
    return _to_console(here.live.make_room(who.id, VignetteId(habits.vignette), place, practice=True))


@bp.get("/stories")
def stories() -> str:
    """All stories in full, to be read before one is chosen."""
    access.therapist()
    return render_template("therapist/stories.html", stories=services().library.values())


@bp.get("/summaries")
def summaries() -> str:
    """What was asked in the rooms before, the latest year first."""
    who = access.therapist()
    with services().database.read() as tx:
        found = endings.summaries(tx, who.id)
    latest_first = sorted(found, key=lambda one: -one.year)
    listed = [{"id": one.id, "year": one.year, "asked": _asked(one)} for one in latest_first]
    return render_template("therapist/summaries.html", summaries=listed)


@bp.get("/summaries/<summary_id>")
def summary(summary_id: str) -> str:
    """What stays of a room."""
    found = _summary(summary_id)
    return render_template("therapist/summary.html", id=found.id, year=found.year, asked=_asked(found))


@bp.get("/summaries/<summary_id>/export")
def export(summary_id: str) -> Response:
    """What the page of a summary shows, as a table for a spreadsheet; the file's name tells nothing."""
    found = _summary(summary_id)
    rows = [
        (found.year, one["title"], one["stage"], "yes" if one["second_look"] else "no", one["prompt"])
        for one in _asked(found)
    ]
    table = as_csv(("Year", "Story", "Part", "Second look", "What was asked"), rows)
    response = Response(table, mimetype="text/csv")
    response.headers["Content-Disposition"] = 'attachment; filename="room.csv"'
    return response


@bp.post("/summaries/<summary_id>/delete")
def delete_summary(summary_id: str) -> Response:
    """Forget a room altogether."""
    found = _summary(summary_id)
    with services().database.write() as tx:
        endings.delete_summary(tx, found.id)
    return answer({"deleted": True}, "/therapist/")


def _habits(who: Therapist) -> Habits:
    """What a therapist chose last, as far as it still exists; else the first story and the big screen."""
    here = services()
    with here.database.read() as tx:
        kept = therapists.habits(tx, who)
    first = Habits(next(iter(here.library)), Where.WALL)
    return kept if kept and kept.vignette in here.library else first


def _chosen(who: Therapist) -> Habits:
    """What the form says, and for what it leaves out what was chosen last. Raises `BadForm`."""
    habits = _habits(who)
    where = place_to_look(request.form.get("where") or habits.where)
    story = request.form.get("vignette") or habits.vignette
    if story not in services().library:
        raise BadForm("There is no story of this name. Please open the page again.")
    return Habits(story, where)


def _open_room(record: RoomRecord) -> dict[str, Any]:
    story: Vignette | None = services().library.get(record.planned)
    return {
        "href": f"/therapist/rooms/{record.code}/",
        "code": show_code(record.code),
        "story": story.title.in_language() if story else "A story that is no longer here",
        "practice": record.practice,
    }


def _to_console(record: RoomRecord) -> Response:
    here = services()
    links = here.snapshots.therapist_links(record)
    content = {
        "code": record.code,
        "join_url": links.join,
        "screen_url": links.screen,
        "console_url": f"{here.config.base_url}{links.base}",
    }
    return answer({"room": content}, links.base)


def _asked(found: Summary) -> list[dict[str, Any]]:
    """What was asked in a room, in words and story by story; what is no longer on the shelf is left out."""
    library = services().library
    in_library = [(library[one["vignette"]], one) for one in found.asked if one["vignette"] in library]
    known = [
        (story, one) for story, one in in_library if one["prompt"] in {prompt.id for prompt in story.prompts}
    ]
    order = list(dict.fromkeys(story.id for story, _ in known))
    return [
        {
            "place": order.index(story.id),
            "title": story.title.in_language(),
            "prompt": story.prompt(one["prompt"]).text.in_language(),
            "stage": one["stage"] + 1,
            "second_look": one["second_look"],
        }
        for story, one in sorted(known, key=lambda both: order.index(both[0].id))
    ]


def _summary(summary_id: str) -> Summary:
    who = access.therapist()
    with services().database.read() as tx:
        found = endings.summary(tx, summary_id)
    if found is None:
        raise NoRoom("There is no such summary.")
    if found.therapist_id != who.id:
        raise NotYours()
    return found
