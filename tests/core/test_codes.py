from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from facilitator.core.codes import LENGTH, SIGNS, Code, make_code, mishap, read_code, show_code

CODE = Code("HQ7K3MPX")
CODES = st.text(st.sampled_from(SIGNS), min_size=LENGTH, max_size=LENGTH).map(Code)


def test_a_code_is_eight_signs_each_picked_by_the_given_choice() -> None:
    assert make_code(lambda signs: signs[-1]) == "99999999"
    assert set(make_code(Random(1).choice)) <= set(SIGNS)


def test_the_signs_make_36_bits_and_have_no_look_alikes() -> None:
    assert len(set(SIGNS)) == 22
    assert 2**35 < len(SIGNS) ** LENGTH < 2**36
    assert not set(SIGNS) & set("AEIOU0L12Z5S68")


@pytest.mark.parametrize(
    "typed",
    [
        "HQ7K3MPX",
        "hq7k3mpx",
        " HQ7K 3MPX\n",
        "hq7k-3mpx",
        "HQ7K–3MPX",
        "H Q 7 K - 3 M P X",
        "HQ7K\u00a03MPX\u200b",
        "\uff28\uff31\uff17\uff2b\u3000\uff13\uff2d\uff30\uff38",
        "https://perhaps.example/J/HQ7K3MPX",
        "HTTP://192.168.1.20:8000/J/HQ7K3MPX",
        "perhaps.example/j/hq7k3mpx/",
        "https://perhaps.example/J/HQ7K3MPX?x=1#top",
        "https://perhaps.example/r/HQ7K3MPX/",
    ],
)
def test_a_code_is_read_however_it_is_typed_or_pasted(typed: str) -> None:
    assert read_code(typed) == CODE


@pytest.mark.parametrize(
    "typed",
    ["", " ", "HQ7K3MP", "HQ7K3MPXX", "HQ7K3MPO", "HQ7K3MP!", "https://perhaps.example/", "/J/", "ẞßﬁ"],
)
def test_what_is_not_a_code_is_not_read(typed: str) -> None:
    assert read_code(typed) is None


def test_a_code_is_shown_in_two_groups() -> None:
    assert show_code(CODE) == "HQ7K 3MPX"


@given(CODES)
def test_a_shown_code_is_read_back(code: Code) -> None:
    assert read_code(show_code(code)) == code
    assert read_code(show_code(code).lower()) == code


@given(st.text())
def test_whatever_is_read_is_a_code(typed: str) -> None:
    code = read_code(typed)
    assert code is None or (len(code) == LENGTH and set(code) <= set(SIGNS))


@pytest.mark.parametrize("typed", ["HQ7K3MPO", "hq7k 3mpo", "l", "HQ7K-3MPI"])
def test_a_look_alike_letter_is_named_as_the_mishap(typed: str) -> None:
    assert mishap(typed) == "Codes never have O, I or L."


@pytest.mark.parametrize("typed", ["HQ7K3MP0", "HQ7K3MP8", "HQ7K3MP!", "привет"])
def test_another_excluded_sign_is_answered_with_the_signs_there_are(typed: str) -> None:
    assert mishap(typed) == "Codes use only these signs: B C D F G H J K M N P Q R T V W X Y 3 4 7 9."


@pytest.mark.parametrize("typed", ["", "HQ7K", "HQ7K3MPXX"])
def test_another_mishap_says_how_a_code_looks(typed: str) -> None:
    assert mishap(typed) == "Codes have eight signs, like HQ7K 3MPX."
