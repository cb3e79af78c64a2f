import unicodedata
from random import Random

import pytest
from hypothesis import given, reject
from hypothesis import strategies as st

from facilitator.core.errors import BadForm, EmptyText, RoomError, TooLong
from facilitator.core.guess import (
    LONGEST,
    MOST_LINES,
    MOST_MARKS,
    Envelope,
    Progress,
    Sent,
    clean,
    progress,
    shuffle_pile,
    succeed,
    texts_of,
)

ZWNJ, ZWJ, STYLE = "\u200c", "\u200d", "\ufe0f"
FAMILY = f"👨🏽{ZWJ}👩{ZWJ}👧"
SCOTLAND = "🏴\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f"

KEPT = {
    "plain words": "Perhaps she is afraid?",
    "Arabic with vowel signs": "رُبَّمَا هِيَ خَائِفَة",
    "Persian half-space": f"می{ZWNJ}خواهم بدانم",
    "Persian half-space after a number": f"۲۰{ZWNJ}ساله",
    "Hindi": "शायद वह डरी हुई है",
    "Hindi half letter": f"क्{ZWJ}ष",
    "Bengali joiner before the virama": f"র{ZWJ}্যাম",
    "old Malayalam joiner at the end of a word": f"അവന്{ZWJ} വന്നു",
    "Sinhala": f"ශ්{ZWJ}රී",
    "Hebrew with points": "שָׁלוֹם",
    "Burmese with five marks on a base": "လျှော့",
    "Thai": "เธออาจจะกลัวก็ได้",
    "Vietnamese": "Có thể cô ấy sợ",
    "Korean": "무서운가 봐요",
    "family": f"{FAMILY} together",
    "hearts with a style": f"❤{STYLE}{ZWJ}🔥 ❤{STYLE}",
    "flags": f"🇮🇷🇩🇪 🏳{STYLE}{ZWJ}🌈 {SCOTLAND}",
    "keycaps": f"1{STYLE}\u20e3 #{STYLE}\u20e3",
    "an emoji newer than this Python": "\U0001faef",
    "six lines and a blank one among them": "a\nb\n\nd\ne\nf",
    "a formula": "=1+1",
    "markup": "<b>&amp;</b>",
}

FOLDED = {
    "quotes": ("“She’s ‘fine’” „nein‟ «non» \u2039si\u203a", '"She\'s \'fine\'" "nein" "non" \'si\''),
    "dashes": ("a–b—c―d\u2212e\u2011f", "a-b-c-d-e-f"),
    "ellipsis": ("well…", "well..."),
    "spaces": ("a\u00a0b\u202fc\u3000d\te  f", "a b c d e f"),
    "line breaks": ("a\r\nb\rc\u2028d\u2029e\x85f", "a\nb\nc\nd\ne\nf"),
    "old line breaks": ("a\vb\fc", "a\nb\nc"),
    "blank lines": (" \n a \n\n \n\n b \n", "a\n\nb"),
    "surplus lines": ("1\n2\n3\n4\n5\n6\n\n7\n8", "1\n2\n3\n4\n5\n6 7 8"),
    "accent typed apart": ("cafe\u0301", "caf\u00e9"),
    "accent kept apart by nothing visible": ("cafe\u034f\u0301", "caf\u00e9"),
    "accent kept apart by a joiner that means nothing": (f"={ZWJ}\u0338", "\u2260"),
    "style on a sign that composing takes out of the emoji": (f"\u2329{STYLE}", "\u3008"),
    "joiner whose virama moves away in composing": (
        f"\u0915\u0951{STYLE}\u094d{ZWJ} a",
        "\u0915\u094d\u0951 a",
    ),
    "right-to-left override": ("a\u202eb\u2066c\u200f\u061cd", "abcd"),
    "unseen signs": ("a\u200bb\u00adc\ufeffd\u2060e\x07f\x1bg\u3164h", "abcdefgh"),
    "joiners outside words": (f"{ZWJ}a{ZWNJ} b{ZWJ}. {ZWNJ}", "a b."),
    "doubled joiners": (f"می{ZWNJ}{ZWNJ}خواهم", f"می{ZWNJ}خواهم"),
    "joiner between emoji and letter": (f"👩{ZWJ}a 👩{ZWNJ}👧", "👩a 👩👧"),
    "style without an emoji": (f"a{STYLE} 1{STYLE} ☺\ufe0e ☺{STYLE}{STYLE}", f"a 1 ☺ ☺{STYLE}"),
    "hidden letters in tags": ("a\U000e0068\U000e0069", "a"),
    "unfinished flag": (SCOTLAND[:-1], "🏴"),
    "the maker's own logo": ("\uf8ff sent this\ufffc", "sent this"),
    "marks piled up": ("Z" + "\u0310" * 40 + "a", "Z" + "\u0310" * 4 + "a"),
    "marks piled up around joiners": ("Z" + f"\u0310{ZWNJ}" * 40, "Z" + f"\u0310{ZWNJ}" * 3 + "\u0310"),
    "marks without a base": ("\u0301a\n\u0301b \u0301c", "a\nb c"),
}


@pytest.mark.parametrize("text", KEPT.values(), ids=KEPT)
def test_what_people_write_is_kept(text: str) -> None:
    assert clean(text) == unicodedata.normalize("NFC", text)


@pytest.mark.parametrize("typed, kept", FOLDED.values(), ids=FOLDED)
def test_what_is_unseen_or_fancy_becomes_plain(typed: str, kept: str) -> None:
    assert clean(typed) == kept


def test_the_same_words_from_two_phones_are_the_same_guess() -> None:
    iphone = "“I don’t know…” she thinks — maybe\u00a0he’s angry?"
    android = "\"I don't know...\" she thinks -- maybe he's angry?"
    assert clean(iphone) == clean(android)


@pytest.mark.parametrize(
    "text", ["", " \r\n\t ", "\u200b\ufeff", ZWJ * 3, "\u0301", STYLE, "\u202e\u2800\u3164", "\uf8ff"]
)
def test_nothing_visible_is_refused_as_empty(text: str) -> None:
    with pytest.raises(EmptyText):
        clean(text)


@pytest.mark.parametrize("text", ["a\0b", "\ud800", "a\udc80", "\ud83d\ude00"])
def test_a_nul_and_half_characters_are_refused(text: str) -> None:
    with pytest.raises(BadForm):
        clean(text)


def test_200_characters_fit_and_one_more_does_not() -> None:
    assert clean(" " + "😀" * LONGEST + " ") == "😀" * LONGEST
    with pytest.raises(TooLong):
        clean("a" * (LONGEST + 1))


def test_2000_bytes_are_read_and_one_more_is_not() -> None:
    assert clean("a" + " " * 1_999) == "a"
    with pytest.raises(TooLong):
        clean("a" + " " * 2_000)
    with pytest.raises(TooLong):
        clean("é" * 1_000 + "a")


TRICKY = st.sampled_from(
    "ab1#= \n\r-'…—\t\xa0<←❤☺👨👩🏽🏴🇩🇪क़्रેাো"
    + "\u200b\u200c\u200d\ufe0e\ufe0f\u20e3\u0301\u0323\u0308\u0304\u0338\u034f\u202e\u2028"
    + "\u09c7\u09be\u0cc6\u0cc2\u1100\u1161\u11a8\uac00\u115f\u0958\u2329\u0344\U000e0067\U000e007f"
)
TEXTS = st.one_of(
    st.text(st.characters(exclude_categories=()), max_size=300),
    st.text(TRICKY, max_size=40),
    st.text(st.one_of(TRICKY, st.characters()), max_size=40),
)


def cleaned(text: str) -> str:
    try:
        return clean(text)
    except RoomError:
        reject()


@given(TEXTS)
def test_cleaning_twice_changes_nothing_more(text: str) -> None:
    once = cleaned(text)
    assert clean(once) == once


@given(TEXTS)
def test_every_cleaned_text_keeps_the_rules(text: str) -> None:
    kept = cleaned(text)
    assert 0 < len(kept) <= LONGEST
    assert unicodedata.is_normalized("NFC", kept)
    lines = kept.split("\n")
    assert len(lines) <= MOST_LINES
    assert all(line == line.strip() for line in lines)
    assert not {unicodedata.category(sign) for sign in kept if sign != "\n"} & {"Cc", "Cs", "Co", "Zl", "Zp"}
    assert not any(unicodedata.bidirectional(sign) in ("LRE", "RLE", "LRO", "RLO", "PDF") for sign in kept)
    assert not set(kept) & set("\u200b\u200e\u200f\u061c\u2066\u2067\u2068\u2069\ufeff\xad\xa0’“—…")
    assert most_piled_marks(kept) <= MOST_MARKS


def most_piled_marks(text: str) -> int:
    most = marks = 0
    for sign in text:
        if unicodedata.category(sign) in ("Mn", "Me"):
            marks += 1
        elif unicodedata.category(sign) != "Mc" and sign not in (ZWNJ, ZWJ):
            marks = 0
        most = max(most, marks)
    return most


def test_the_first_envelope_stands() -> None:
    first = Envelope("a", 1, Sent.GUESS, "afraid")
    assert succeed(None, first) is first


def test_the_same_op_again_changes_nothing() -> None:
    first = Envelope("a", 1, Sent.GUESS, "afraid")
    assert succeed(first, Envelope("a", 5, Sent.GUESS, "angry")) is first


def test_a_lower_counter_changes_nothing() -> None:
    withdrawn = Envelope("b", 2, Sent.WITHDRAWN)
    assert succeed(withdrawn, Envelope("a", 1, Sent.GUESS, "afraid")) is withdrawn


def test_a_higher_counter_stands_as_it_came() -> None:
    newer = Envelope("b", 7, Sent.PASS)
    assert succeed(Envelope("a", 1, Sent.GUESS, "afraid"), newer) is newer


def test_of_two_tabs_with_one_counter_the_last_to_arrive_stands_and_both_copies_are_old() -> None:
    one, two = Envelope("a", 3, Sent.GUESS, "afraid"), Envelope("b", 3, Sent.GUESS, "angry")
    stands = succeed(one, two)
    assert stands == Envelope("b", 4, Sent.GUESS, "angry")
    assert succeed(stands, one) is stands
    assert succeed(stands, two) is stands


def arrive(envelopes: list[Envelope]) -> Envelope | None:
    stands = None
    for envelope in envelopes:
        stands = succeed(stands, envelope)
    return stands


def sent_by_one_phone(counters: list[int]) -> list[Envelope]:
    return [
        Envelope(f"op{place}", n, list(Sent)[place % 3], f"text {place}") for place, n in enumerate(counters)
    ]


@given(st.data())
def test_of_rising_counters_the_newest_stands_whatever_the_order_and_the_copies(data: st.DataObject) -> None:
    counters = sorted(data.draw(st.sets(st.integers(1, 50), min_size=1, max_size=6)))
    sent = sent_by_one_phone(counters)
    copies = data.draw(st.lists(st.sampled_from(sent), max_size=12))
    assert arrive(data.draw(st.permutations(sent + copies))) == sent[-1]


@given(st.lists(st.integers(1, 4), min_size=1, max_size=8), st.data())
def test_late_copies_change_nothing_even_where_tabs_share_a_counter(
    counters: list[int], data: st.DataObject
) -> None:
    sent = sent_by_one_phone(counters)
    stands = newest = sent[0]
    for place, envelope in enumerate(sent):
        newest = envelope if envelope.n >= stands.n else newest
        stands = succeed(stands, envelope)
        for copy in data.draw(st.lists(st.sampled_from(sent[: place + 1]), max_size=4)):
            assert succeed(stands, copy) is stands
    for copy in data.draw(st.permutations(sent)):
        assert succeed(stands, copy) is stands
    assert (stands.op, stands.sent, stands.text) == (newest.op, newest.sent, newest.text)


def test_only_guesses_have_texts() -> None:
    envelopes = [
        Envelope("a", 1, Sent.GUESS, "afraid"),
        Envelope("b", 1, Sent.PASS),
        Envelope("c", 2, Sent.WITHDRAWN),
        Envelope("d", 1, Sent.GUESS, "afraid"),
    ]
    assert texts_of(envelopes) == ["afraid", "afraid"]


@given(st.lists(st.sampled_from(["afraid", "angry", "alone", "ashamed"]), max_size=12), st.integers())
def test_a_pile_has_the_same_texts_in_the_drawn_order_and_rising_ids(texts: list[str], seed: int) -> None:
    ids, given_texts, drawn = Random(seed + 1), list(texts), list(texts)
    Random(seed).shuffle(drawn)
    pile = shuffle_pile(texts, shuffle=Random(seed).shuffle, new_id=lambda: f"{ids.getrandbits(128):032x}")
    assert [guess.text for guess in pile] == drawn
    assert [guess.id for guess in pile] == sorted(guess.id for guess in pile)
    assert len({guess.id for guess in pile}) == len(texts)
    assert texts == given_texts


def test_a_pile_draws_no_chance_but_the_one_it_is_given() -> None:
    ids = iter(["b", "c", "a"])
    pile = shuffle_pile(["x", "y", "z"], shuffle=list.reverse, new_id=lambda: next(ids))
    assert [(guess.id, guess.text) for guess in pile] == [("a", "z"), ("b", "y"), ("c", "x")]


@pytest.mark.parametrize(
    "sent, people, word",
    [
        (0, 0, Progress.COMING_IN),
        (2, 2, Progress.COMING_IN),
        (0, 3, Progress.COMING_IN),
        (1, 3, Progress.COMING_IN),
        (2, 3, Progress.MOST),
        (3, 3, Progress.EVERYONE),
        (4, 3, Progress.EVERYONE),
        (5, 8, Progress.COMING_IN),
        (6, 8, Progress.MOST),
        (7, 8, Progress.MOST),
        (8, 8, Progress.EVERYONE),
    ],
)
def test_progress_is_one_of_three_words(sent: int, people: int, word: Progress) -> None:
    assert progress(sent=sent, people=people) is word
