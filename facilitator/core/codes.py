"""Join codes: made, typed, pasted and shown."""

import re
import unicodedata
from collections.abc import Callable
from typing import NewType

# No vowels, so no words; no look-alikes (0 O, 1 I L, 2 Z, 5 S, 6, 8). Eight of them are 36 bits.
SIGNS = "BCDFGHJKMNPQRTVWXY3479"
LENGTH = 8

# /J/ is what the QR code holds, /r/ is where a phone ends up and what its owner may copy.
_JOIN_ADDRESS = re.compile(r"/[jr]/([^/?#\s]+)", re.IGNORECASE)
_BETWEEN = ("Zs", "Pd", "Cc", "Cf")  # spaces, dashes, line ends and what copying adds unseen

Code = NewType("Code", str)


def make_code(choice: Callable[[str], str]) -> Code:
    """Return a fresh code; `choice` picks one sign out of those it is given, each as likely."""
    return Code("".join(choice(SIGNS) for _ in range(LENGTH)))


def read_code(typed: str) -> Code | None:
    """Return the code meant by `typed`, in any case, with spaces or dashes, or as a join address."""
    signs = _signs(typed)
    return Code(signs) if len(signs) == LENGTH and set(signs) <= set(SIGNS) else None


def show_code(code: Code) -> str:
    """Return the code as people read it, in two groups of four."""
    return f"{code[:4]} {code[4:]}"


def mishap(typed: str) -> str:
    """Return a plain sentence that says why `typed` is not a code."""
    signs = set(_signs(typed))
    if signs & set("OIL"):
        return "Codes never have O, I or L."
    if signs - set(SIGNS):
        return f"Codes use only these signs: {' '.join(SIGNS)}."
    return "Codes have eight signs, like HQ7K 3MPX."


def _signs(typed: str) -> str:
    address = _JOIN_ADDRESS.search(typed)
    # NFKC turns the wide letters of Japanese and Chinese keyboards into plain ones.
    plain = unicodedata.normalize("NFKC", address[1] if address else typed).upper()
    return "".join(sign for sign in plain if unicodedata.category(sign) not in _BETWEEN)
