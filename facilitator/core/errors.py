"""The one family of refusals: each has a code word for programs and a plain sentence for people."""


class RoomError(Exception):
    """Refuse what was asked; `code` is the word programs read, `sentence` what people read."""

    code = "bad_form"
    sentence = "Something in this form could not be read. Please try again."

    def __init__(self, sentence: str | None = None) -> None:
        self.sentence = sentence or type(self).sentence
        super().__init__(self.sentence)


class BadForm(RoomError):
    """A field is missing or is not what it should be."""


class EmptyText(RoomError):
    """Nothing is left of a text after cleaning, or there is nothing to show."""

    code = "empty"
    sentence = "There are no words yet. Write a guess, or pass this time."


class TooLong(RoomError):
    """A text is longer than a guess may be."""

    code = "too_long"
    sentence = "This is longer than 200 letters. Please make it a little shorter."


class TooMany(RoomError):
    """A guess chooses more options than one may."""

    code = "too_many"
    sentence = "These are too many at once. Please choose fewer."


class TooFew(RoomError):
    """So few guesses would be revealed that people may tell who wrote them."""

    code = "too_few"
    sentence = "Only a few guesses are in. People may tell who wrote them."


class WrongPhase(RoomError):
    """The room is not at a point where this can be done."""

    code = "wrong_phase"
    sentence = "This cannot be done just now."


class Closed(RoomError):
    """A guess came in after guessing was closed."""

    code = "closed"
    sentence = (
        "Your guess came in after guessing was closed. Only you can see it. "
        "You can share it out loud if you like."
    )


class Stale(RoomError):
    """The asker saw an older state of the room than there is now."""

    code = "stale"
    sentence = "Your co-therapist already moved on. This is how the room stands now."


class NoRoom(RoomError):
    """No room can be opened with this code or token; why not is never told."""

    code = "no_room"
    sentence = (
        "We cannot open a room with this code now. Check it: codes have eight signs, like HQ7K 3MPX. "
        "If the room is locked, your therapist sees that someone is at the door. "
        "We try again by ourselves."
    )


class Removed(RoomError):
    """The therapist took this seat out of the room."""

    code = "removed"
    sentence = "You are no longer in this room. Please talk to your therapist if you want to come back."


class Ended(RoomError):
    """The room is over and everything in it is gone."""

    code = "ended"
    sentence = "This room has closed. Thank you for being here. Your guesses are not kept on this phone."


class SignedOut(RoomError):
    """A therapist's page was asked for without a sign-in."""

    code = "signed_out"
    sentence = "Please sign in to go on."


class NotYours(RoomError):
    """The asker has no right to this."""

    code = "not_yours"
    sentence = "This does not belong to you."


class CrossSite(RoomError):
    """A form was sent from another site, or hides where it comes from."""

    code = "cross_site"
    sentence = "This form was not sent from this site. Open the page again and try once more."


class SlowDown(RoomError):
    """Too many tries in a short time."""

    code = "slow_down"
    sentence = "That was a lot of tries at once. Please wait a moment, then try again."
