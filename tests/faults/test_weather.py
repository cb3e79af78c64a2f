"""Bad weather between phones and the server: it costs time, and no guess."""

import time
from collections.abc import Callable, Iterator

import pytest

from tests.actors import Therapist
from tests.faults.company import a_company
from tests.faults.proxy import FAIR, Proxy, Weather
from tests.server import Server

pytestmark = pytest.mark.alone

PHONES = 8
WEATHERS = {
    "2 s there and back": Weather(latency_s=1.0),
    "30 % resets": Weather(resets=0.3),
    "a few bytes at a time": Weather(slicing=True),
    "half-open lines": Weather(swallows=True),
    "nobody there": Weather(down=True),
    "slow, cut and sliced": Weather(latency_s=0.3, resets=0.2, slicing=True),
}


@pytest.fixture(scope="module")
def proxied(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, Proxy]]:
    """A server that phones reach through a proxy alone."""
    server = Server(tmp_path_factory.mktemp("proxied"))
    proxy = Proxy(server.port, seed=2026)
    server.settings["FACILITATOR_BASE_URL"] = f"http://localhost:{proxy.port}"
    server.url = f"http://localhost:{proxy.port}"
    server.start()
    yield server, proxy
    server.stop()
    proxy.close()


@pytest.fixture(scope="module")
def account(proxied: tuple[Server, Proxy]) -> Therapist:
    return proxied[0].therapist()


@pytest.mark.parametrize("weather", WEATHERS.values(), ids=WEATHERS.keys())
def test_no_weather_costs_a_guess(
    proxied: tuple[Server, Proxy],
    therapist: Therapist,
    weather: Weather,
    spell_s: float,
    say: Callable[[str], None],
    request: pytest.FixtureRequest,
) -> None:
    _, proxy = proxied
    with a_company(therapist, seed=2026, phones=PHONES) as company:
        with company.guessing() as round_id:
            time.sleep(1)
            proxy.turn(weather)
            time.sleep(spell_s)
            if not (weather.swallows or weather.down):
                company.console.press("close")  # In the middle of it, when it can arrive at all.
            proxy.turn(FAIR)
            # Something new, as a page that came through it all unharmed hears nothing until its next beat.
            company.move_on("lock")
        verdict = company.settle(round_id)
        say(f"{request.node.callspec.id}: {company.said}")
    company.assert_fair()
    assert verdict.acknowledged >= PHONES
    if weather.resets or weather.swallows or weather.down:
        assert sum(page.history.unanswered for page in company.pages) > 3, "the weather was fair"


def test_a_phone_that_sends_while_it_has_no_network_is_heard_later(
    proxied: tuple[Server, Proxy], therapist: Therapist
) -> None:
    _, proxy = proxied
    with a_company(therapist, seed=1, phones=3) as company:
        with company.guessing() as round_id:
            proxy.turn(Weather(down=True))
            time.sleep(3)
            assert all(page.history.unanswered for page in company.phones)
            proxy.turn(FAIR)
            time.sleep(2)
        company.settle(round_id)
    company.assert_fair()
