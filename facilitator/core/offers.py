"""What a console offers: the verbs possible now, and the vignettes, prompts and rounds to choose from."""

from collections.abc import Mapping
from dataclasses import dataclass

from facilitator.core.guess import Progress
from facilitator.core.room import Room
from facilitator.core.round import Phase
from facilitator.core.verbs import WHEN
from facilitator.core.vignette import Vignette, VignetteId

Library = Mapping[VignetteId, Vignette]


@dataclass(frozen=True, slots=True)
class Offer:
    """Something the therapist could start, ask or look back at."""

    id: str
    label: str
    detail: str = ""
    current: bool = False


def possible_verbs(room: Room, library: Library, progress: Progress) -> frozenset[str]:
    """Return the verbs a console offers: allowed in this phase, and with something to act on.

    `progress` is the word that the console was told; nothing here may depend on more than that.
    """
    verbs = {verb for verb in WHEN if room.can(verb)}
    now = room.round
    if now is None or now.stage + 1 >= len(library[now.vignette].stages):
        verbs.discard("next-stage")
    if now is None or not now.guesses:
        verbs -= {"look-first", "hold-back", "put-back"}
    if now is None or not now.shown:
        verbs.discard("cluster")
    if now is None or not now.clusters:
        verbs.discard("name-cluster")
    if now is None or not now.can_be_shown:
        verbs.discard("reveal")
    if room.phase is Phase.GUESSING and progress is not Progress.COMING_IN:
        verbs.discard("back")
    if not room.earlier:
        verbs.discard("look-back")
    verbs.discard("lock" if room.locked else "unlock")
    verbs.discard("stop" if room.stopped else "resume")
    return frozenset(verbs)


def vignettes_to_start(
    room: Room, library: Library, planned: VignetteId | None, language: str
) -> tuple[Offer, ...]:
    """Return the whole library; current is what runs, and outside of rounds what is `planned`."""
    used = {one.vignette for one in room.rounds}
    chosen = room.round.vignette if room.round else planned
    return tuple(
        Offer(
            one.id,
            one.title.in_language(language),
            detail="used in this room" if one.id in used else str(one.pattern),
            current=one.id == chosen,
        )
        for one in library.values()
    )


def prompts_to_ask(room: Room, library: Library, language: str) -> tuple[Offer, ...]:
    """Return the prompts that the present stage offers."""
    now = room.round
    if now is None:
        return ()
    return tuple(
        Offer(one.id, one.text.in_language(language), detail=str(one.kind), current=one.id == now.prompt)
        for one in library[now.vignette].prompts
        if one.from_stage <= now.stage
    )


def rounds_to_look_back(room: Room, library: Library, language: str) -> tuple[Offer, ...]:
    """Return the earlier rounds that were revealed, the oldest first."""
    return tuple(
        Offer(
            one.id,
            library[one.vignette].prompt(one.prompt).text.in_language(language),
            detail=f"{library[one.vignette].title.in_language(language)}, part {one.stage + 1}",
            current=one.id == room.looking_back,
        )
        for one in room.earlier
    )
