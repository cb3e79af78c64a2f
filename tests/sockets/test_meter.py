"""Each claim was seen to fail with the line of the meter that it is about taken out."""

import os
import socket
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from facilitator.meter import BURST, LONGEST_MESSAGE, STEADY, Meter, MeteredSocket
from tests.sockets.raw import BINARY, MORE, PING, TEXT, frame

SMALL = frame("42")


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_burst_passes_and_the_frame_after_it_does_not() -> None:
    meter = Meter(Clock())
    assert all(meter.allows(SMALL) for _ in range(BURST))
    assert not meter.allows(SMALL)


def test_tokens_come_back_at_a_steady_pace_and_never_pile_up() -> None:
    clock = Clock()
    meter = Meter(clock)
    assert meter.allows(SMALL * BURST)
    clock.now += 2 / STEADY
    assert meter.allows(SMALL * 2)
    clock.now += 3_600
    assert meter.allows(SMALL * BURST)
    assert not meter.allows(SMALL)


@pytest.mark.parametrize("opcode", [TEXT, BINARY, PING, MORE])
def test_every_kind_of_frame_costs_a_token_even_an_empty_one(opcode: int) -> None:
    meter = Meter(Clock())
    assert not meter.allows(frame("", opcode, last=opcode == PING) * (BURST + 1))


def test_a_message_of_exactly_the_limit_passes_and_one_byte_more_does_not() -> None:
    assert Meter(Clock()).allows(frame(os.urandom(LONGEST_MESSAGE)))
    assert not Meter(Clock()).allows(frame(os.urandom(LONGEST_MESSAGE + 1)))


def test_a_message_too_long_is_refused_by_its_header_alone() -> None:
    assert not Meter(Clock()).allows(frame(os.urandom(1 << 20))[:10])


def test_all_fragments_of_a_message_count_together() -> None:
    half = os.urandom(LONGEST_MESSAGE // 2)
    meter = Meter(Clock())
    assert meter.allows(frame(half, last=False) + frame(half, MORE, last=False))
    assert not meter.allows(frame("x", MORE))


def test_a_new_message_starts_from_nothing() -> None:
    whole = frame(os.urandom(LONGEST_MESSAGE))
    assert Meter(Clock()).allows(whole * 3)


def test_a_ping_between_fragments_does_not_start_the_count_again() -> None:
    half = os.urandom(LONGEST_MESSAGE // 2)
    meter = Meter(Clock())
    assert meter.allows(frame(half, last=False) + frame("", PING) + frame(half, MORE, last=False))
    assert not meter.allows(frame("x", MORE))


@given(
    sizes=st.lists(st.sampled_from([0, 1, 125, 126, 127, 300, 5_000]), min_size=1, max_size=BURST),
    cuts=st.lists(st.integers(1, 400), min_size=1),
)
def test_how_the_network_cuts_the_bytes_changes_nothing(sizes: list[int], cuts: list[int]) -> None:
    stream = b"".join(frame(os.urandom(size), BINARY) for size in sizes)
    meter = Meter(Clock())
    while stream:
        for cut in cuts:
            assert meter.allows(stream[:cut])
            stream = stream[cut:]
    assert meter.allows(SMALL * (BURST - len(sizes)))
    assert not meter.allows(SMALL)


def test_what_is_longer_than_the_networks_buffer_is_sent_whole() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4_096)
        ours.settimeout(20)  # As the servers do; without one, no send would be short.
        said, heard = os.urandom(300_000), bytearray()
        reader = threading.Thread(
            target=lambda: heard.extend(b"".join(iter(lambda: theirs.recv(9_000), b"")))
        )
        reader.start()
        assert MeteredSocket(ours).send(said) == len(said)
        ours.shutdown(socket.SHUT_WR)
        reader.join()
    assert heard == said
