"""What machines ask: alive, ready, figures; and what the figures do not tell."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
import sqlalchemy as sa
from flask import Flask

from facilitator.app import create_app
from facilitator.config import Config
from facilitator.metrics import ONE_IN, Metrics
from facilitator.services import Services
from tests.actors import Therapist
from tests.backing import Postgres
from tests.conftest import ORIGIN

TOKEN = "a1b2c3d4e5f6a7b8c9d0"
HERE = {"REMOTE_ADDR": "127.0.0.1"}
ELSEWHERE = {"REMOTE_ADDR": "192.0.2.7"}


@pytest.fixture
def metrics(app: Flask) -> Metrics:
    found: Metrics = app.extensions["metrics"]
    return found


@pytest.fixture
def behind_a_proxy(settings: dict[str, str]) -> Iterator[Flask]:
    environ = settings | {"FACILITATOR_ASYNC_MODE": "threading", "FACILITATOR_METRICS_TOKEN": TOKEN}
    app = create_app(Config.from_env(environ))
    yield app
    app.extensions["perhaps"].database.dispose()


def ask(app: Flask, path: str, peer: dict[str, str] = HERE, **headers: str) -> tuple[int, str]:
    client = app.test_client()
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    answer = client.get(path, base_url=named.pop("Host", ORIGIN), headers=named, environ_overrides=peer)
    return answer.status_code, answer.get_data(as_text=True)


def shown(metrics: Metrics) -> str:
    """The figures after the next beat."""
    metrics.beat(())
    return metrics.shown.decode()


def test_a_process_is_alive_without_its_database(app: Flask, here: Services) -> None:
    here.database.dispose()
    Path(here.config.database_url.removeprefix("sqlite:///")).unlink()
    assert ask(app, "/healthz") == (200, "alive\n")


def test_a_process_is_ready_when_database_and_key_are_there(app: Flask) -> None:
    assert ask(app, "/readyz") == (200, "ready\n")


def test_a_process_without_its_key_file_is_not_ready(app: Flask, here: Services) -> None:
    here.config.key_file.unlink()
    assert ask(app, "/readyz") == (503, "The key file cannot be read, or others may open it.\n")


def test_a_process_whose_key_file_is_open_to_others_is_not_ready(app: Flask, here: Services) -> None:
    here.config.key_file.chmod(0o444)
    assert ask(app, "/readyz")[0] == 503


@pytest.mark.parametrize("revision", ["0000", "9999"])
def test_a_process_beside_another_version_of_the_database_is_not_ready(
    app: Flask, here: Services, revision: str
) -> None:
    with here.database.write() as tx:
        tx.execute(sa.text("UPDATE alembic_version SET version_num = :to"), {"to": revision})
    assert ask(app, "/readyz") == (503, "The database is not at the version of this program.\n")


def test_a_process_without_its_database_is_not_ready(
    config: Config, postgres: Postgres, tmp_path: Path
) -> None:
    environ = {
        "FACILITATOR_DATA_DIR": str(tmp_path / "data"),
        "FACILITATOR_KEY_FILE": str(tmp_path / "instance.key"),
        "FACILITATOR_BASE_URL": ORIGIN,
        "FACILITATOR_ASYNC_MODE": "threading",
        "FACILITATOR_DATABASE_URL": postgres.new_database(),
    }
    app = create_app(Config.from_env(environ))
    assert ask(app, "/readyz") == (200, "ready\n")
    here: Services = app.extensions["perhaps"]
    here.database.dispose()
    here.database.engine = sa.create_engine(here.database.engine.url.set(database="gone"))
    assert ask(app, "/readyz") == (503, "The database does not answer.\n")
    assert ask(app, "/healthz") == (200, "alive\n")


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics"])
def test_a_probe_may_ask_by_the_address_of_the_machine(behind_a_proxy: Flask, path: str) -> None:
    assert ask(behind_a_proxy, path, Host="http://127.0.0.1:8000")[0] == 200
    assert ask(behind_a_proxy, "/", Host="http://127.0.0.1:8000")[0] == 400


@pytest.mark.parametrize(
    "peer, headers, status",
    [
        (HERE, {}, 200),
        ({"REMOTE_ADDR": "::1"}, {}, 200),
        (ELSEWHERE, {}, 403),
        (HERE, {"X_Forwarded_For": "192.0.2.7"}, 403),
        (HERE, {"X_Forwarded_For": "127.0.0.1"}, 200),
        # The last address is the one that our own proxy wrote; what comes before, anybody may have sent.
        (HERE, {"X_Forwarded_For": "127.0.0.1, 192.0.2.7"}, 403),
        (HERE, {"X_Forwarded_For": "192.0.2.7", "Authorization": f"Bearer {TOKEN}"}, 200),
        (ELSEWHERE, {"Authorization": f"Bearer {TOKEN}"}, 200),
        (ELSEWHERE, {"Authorization": "Bearer wrong"}, 403),
        (ELSEWHERE, {"Authorization": TOKEN}, 403),
        (ELSEWHERE, {"Authorization": "Bearer "}, 403),
    ],
    ids=range(11),
)
def test_figures_are_for_this_machine_or_against_the_token(
    behind_a_proxy: Flask, peer: dict[str, str], headers: dict[str, str], status: int
) -> None:
    assert ask(behind_a_proxy, "/metrics", peer, Host="https://localhost", **headers)[0] == status


@pytest.mark.parametrize("header", ["X_Forwarded_For", "Forwarded", "X_Real_IP", "Via"])
def test_behind_a_proxy_that_it_was_not_told_of_nobody_sits_at_this_machine(app: Flask, header: str) -> None:
    assert ask(app, "/metrics")[0] == 200
    assert ask(app, "/metrics", **{header: "127.0.0.1"})[0] == 403


def test_without_a_token_no_word_opens_the_figures(app: Flask) -> None:
    for word in ("", "Bearer", "Bearer ", "Bearer None"):
        assert ask(app, "/metrics", ELSEWHERE, Authorization=word)[0] == 403


def test_figures_stand_still_between_beats(app: Flask, metrics: Metrics, therapist: Therapist) -> None:
    before = ask(app, "/metrics")
    therapist.starts_guessing()
    for _ in range(3):
        therapist.member().submit("Maybe")
    assert ask(app, "/metrics") == before
    metrics.beat(())
    assert ask(app, "/metrics") != before


def test_no_figure_is_about_a_room_a_person_or_a_moment(metrics: Metrics, therapist: Therapist) -> None:
    members = [therapist.member() for _ in range(3)]
    therapist.starts_guessing()
    for one in members:
        for n in range(20):
            one.submit(f"Maybe {n}")
    therapist.screen().snapshot()
    figures = shown(metrics)
    labels = set(re.findall(r"(\w+)=\"", figures))
    assert labels == {"route", "status", "namespace", "le"}
    for secret in (therapist.code, therapist.room["screen_url"].split("/")[-2], members[0].seat or ""):
        assert secret not in figures
    # What the library adds by itself: moments, and figures of the process that move with each guess.
    assert not re.search(r"_created|process_|python_", figures)
    routes = set(re.findall(r'route="([^"]+)"', figures))
    assert not [one for one in routes if one.startswith("/r/")]


@pytest.fixture
def fair() -> Metrics:
    return Metrics()


def test_a_guess_moves_the_figures_one_time_in_twenty(fair: Metrics) -> None:
    moved = 0
    for _ in range(2_000):
        before = fair.shown
        fair.answered_member(200, 0.01)
        fair.beat(())
        moved += fair.shown != before
    # Ten standard deviations around 100: this fails by chance less than once in 10^20 runs.
    assert 0 < moved < 200


def test_what_is_counted_comes_out_right_on_the_average() -> None:
    turns = iter([0.0, *[0.99] * (ONE_IN - 1)] * 5)
    metrics = Metrics(dice=lambda: next(turns))
    for _ in range(5 * ONE_IN):
        metrics.answered_member(200, 0.02)
    assert f'perhaps_requests_total{{route="members",status="2xx"}} {5 * ONE_IN}.0' in shown(metrics)
    assert "perhaps_submit_seconds_count 5.0" in shown(metrics)


def test_guess_pass_and_withdrawal_are_told_apart_by_no_figure(
    metrics: Metrics, therapist: Therapist, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(metrics, "_dice", lambda: 0.0)
    member = therapist.member()
    therapist.starts_guessing()
    before = figure(metrics)
    for action in ("guess", "pass", "withdraw"):
        member.submit("Maybe") if action == "guess" else member.send(action)
    assert figure(metrics) - before >= 3 * ONE_IN
    assert not re.search("guess|withdraw|pass", shown(metrics))


def figure(metrics: Metrics) -> float:
    """What all members' answers without a mishap are counted as."""
    found = re.search(r'route="members",status="2xx"} (\S+)', shown(metrics))
    return float(found[1]) if found else 0.0


def test_a_mishap_shows_though_it_happened_to_one_member(
    app: Flask, metrics: Metrics, therapist: Therapist, monkeypatch: pytest.MonkeyPatch
) -> None:
    member = therapist.member()
    therapist.starts_guessing()

    def fail(**_: str) -> None:
        raise RuntimeError

    monkeypatch.setitem(app.view_functions, "members.guess", fail)
    assert member.browser.http.post(f"/r/{member.code}/guess").status_code == 500
    assert 'perhaps_requests_total{route="members",status="5xx"} 1.0' in shown(metrics)


@pytest.mark.parametrize("open_now, figure", [(0, 0), (1, 10), (10, 10), (11, 20)])
def test_open_sockets_are_shown_rounded_up_to_ten(fair: Metrics, open_now: int, figure: int) -> None:
    fair.beat(["/member"] * open_now)
    assert f'perhaps_sockets{{namespace="/member"}} {figure}.0' in fair.shown.decode()


def test_therapists_answers_snapshots_and_chores_are_counted_one_by_one(
    metrics: Metrics, therapist: Therapist
) -> None:
    therapist.does("stop")
    metrics.chore_failed("tick")
    figures = shown(metrics)
    assert 'route="/therapist/rooms/<code>/<command>",status="2xx"} 1.0' in figures
    assert 'perhaps_published_total{namespace="/member"} 1.0' in figures
    assert 'perhaps_chores_failed_total{chore="tick"} 1.0' in figures


def test_codes_tried_by_somebody_who_tried_too_many_are_counted_for_an_alarm(
    app: Flask, metrics: Metrics, new_client: Callable[[], httpx.Client]
) -> None:
    app.extensions["join_turnstile"]._sleep = lambda _: None
    for place in range(25):
        new_client().post("/join", data={"code": f"BBBBBB{place:02}"}, headers={"Origin": ORIGIN})
    assert 'perhaps_tries_held_up_total{what="join"} 5.0' in shown(metrics)
    assert 'what="sign-in"' not in shown(metrics)


def test_a_probe_is_answered_whoever_asks_for_health(
    app: Flask, new_client: Callable[[], httpx.Client]
) -> None:
    for path in ("/healthz", "/readyz"):
        answer = new_client().get(path)
        assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "no-store")
        assert answer.headers["Content-Type"].startswith("text/plain")
