"""One thing that the therapist could say or ask at each point; ours to offer and theirs to leave."""

from zlib import crc32

from facilitator.core.round import Phase
from facilitator.core.vignette import Kind

_SAY: dict[Phase, tuple[str, ...]] = {
    Phase.LOBBY: (
        "You will hear a short made-up story. We will wonder what might be going on in someone’s mind.",
        "Phones out for about twenty minutes. Nobody needs to be right, and anyone may pass.",
    ),
    Phase.READING: (
        "I will read it twice, slowly. You do not need to do anything yet.",
        "Let us first only listen. What would a camera have seen?",
        "Notice what comes up in you as I read. We will come back to it.",
    ),
    Phase.GUESSING: (
        "Take your time. Short is fine. We cannot know for sure, so we wonder.",
        "A few words are enough. It may well be two things at once.",
        "If nothing comes, that is fine too. You can pass this time.",
    ),
    Phase.CLOSED: (
        "Let us take a breath before we look at them.",
        "Let us just read them first, before anyone says what they think.",
        "Whatever we see now, somebody in this room thought it might be so.",
    ),
    Phase.BETWEEN: (
        "What might you take with you from this one?",
        "Does anyone know a moment like this from their own week? You need not say.",
    ),
    Phase.CHECKOUT: (
        "What was it like to be in here together today?",
        "Is there something you would rather leave in this room?",
    ),
}

_ASK: dict[Kind, tuple[str, ...]] = {
    Kind.THINKING: (
        "Which guess is far from yours? What could make it true?",
        "Which one surprised you? What in the story might have led there?",
        "What else could be going on, that nobody has written yet?",
    ),
    Kind.FEELING: (
        "Where in the story did you begin to feel something yourself?",
        "Could two of these feelings be there at once?",
        "Which of these feelings might be hardest to show?",
    ),
    Kind.INTENDING: (
        "What might they hope would happen next?",
        "How might it look to the other one, who cannot see the intention?",
        "What in the story takes you there?",
    ),
    Kind.NEED: (
        "What might make this need hard to say out loud?",
        "Who in the story might have noticed it? By what?",
    ),
    Kind.URGE: (
        "What might come just before the urge?",
        "What might help them wait for a minute here?",
    ),
    Kind.OTHER_SIDE: (
        "How did it feel to change sides?",
        "What might each of them not know about the other?",
    ),
    Kind.WHY_ME: (
        "What in us might lead us to read it this way?",
        "Might we have read it differently on another day?",
    ),
}

_SECOND_LOOK = (
    "What made it hard or easy to change your mind?",
    "What moved, and what stayed as it was?",
)


def suggestion(phase: Phase, *, kind: Kind | None = None, second_look: bool = False, steady: str = "") -> str:
    """Return a sentence for this point of a room, or none; for one `steady` it is always the same."""
    pool = _SAY.get(phase, ())
    if phase is Phase.REVEALED:
        pool = _SECOND_LOOK if second_look or kind is None else _ASK[kind]
    return pool[crc32(f"{phase} {steady}".encode()) % len(pool)] if pool else ""
