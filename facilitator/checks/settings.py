"""What `flask doctor` looks at in the settings: files, addresses, the proxy, words for members, styles."""

import socket
import stat
from collections.abc import Iterator, Mapping
from urllib.parse import urlsplit

from facilitator.checks.finding import Finding, advice, good, wrong
from facilitator.config import Config
from facilitator.web import assets


def files(config: Config, environ: Mapping[str, str]) -> Iterator[Finding]:
    """Who may open the data folder and the key file, and whether they lie apart."""
    # Reading the settings refused open secrets and a key in the data folder; the rest is looked at here.
    yield good(f"The key file {config.key_file} is closed to others and lies outside the data folder.")
    open_ones = [
        one.name
        for one in sorted(config.data_dir.iterdir())
        if one.is_file() and one.suffix != ".lock" and stat.S_IMODE(one.stat().st_mode) & 0o077
    ]
    if open_ones and config.data_dir.stat().st_mode & 0o077:
        yield wrong(f"Others may read {', '.join(open_ones)} in {config.data_dir}: chmod 600 them.")
    elif open_ones:
        yield advice(
            f"Only their folder keeps others from reading {', '.join(open_ones)}: "
            "chmod 600 them, and start the program with the umask 077."
        )
    else:
        yield good(f"Nobody else can read what lies in {config.data_dir}.")
    if config.data_dir.stat().st_dev == config.key_file.stat().st_dev:
        yield advice(
            "The key file is on the same disk as the data: leave it out of every copy of that disk, "
            "or whoever steals a copy has both."
        )


def address(config: Config, environ: Mapping[str, str]) -> Iterator[Finding]:
    """What phones open, and whether it is encrypted."""
    if not environ.get("FACILITATOR_BASE_URL"):
        yield wrong(
            "FACILITATOR_BASE_URL is not set, so QR codes hold a guessed address: set it to what phones open."
        )
    if config.https:
        yield good(f"Phones open {config.base_url}, encrypted.")
    else:
        yield wrong(
            f"Phones open {config.base_url} without encryption, which is for practice only: put a proxy with "
            "a certificate in front (docs/deploy.md) and set FACILITATOR_BASE_URL to its https:// address."
        )
    name = urlsplit(config.base_url).hostname or ""
    try:
        socket.getaddrinfo(name, None)
    except OSError:
        yield advice(f"This machine finds no address for {name}: check its name in the DNS.")


def proxy(config: Config, environ: Mapping[str, str]) -> Iterator[Finding]:
    """Whether the proxy in front is known, is the only way in, and keeps quiet."""
    if config.https and not config.trusted_proxies:
        yield wrong(
            "FACILITATOR_BASE_URL is https, which only a proxy can serve, but FACILITATOR_TRUSTED_PROXIES is "
            "0: set it to the number of proxies, or all phones count as one when codes are tried."
        )
    if not config.trusted_proxies:
        return
    if config.host not in ("127.0.0.1", "::1", "localhost"):
        yield advice(
            f"The program listens on {config.host} though a proxy stands in front: set FACILITATOR_HOST to "
            "127.0.0.1, or see that only the proxy can reach the port, or others can forge their address."
        )
    yield advice(
        "See that the proxy writes no access log and only critical errors: its lines would hold join codes, "
        "addresses and times (the files in deploy/ switch them off)."
    )


def crisis_text(config: Config, environ: Mapping[str, str]) -> Iterator[Finding]:
    """Whether the practice wrote what a member in danger should do."""
    if environ.get("FACILITATOR_CRISIS_TEXT", "").strip():
        yield good("The text for members in danger is set; check its numbers once a year.")
    else:
        yield wrong(
            "FACILITATOR_CRISIS_TEXT is not set: write whom a member in danger should call in your country."
        )


def static_files(config: Config, environ: Mapping[str, str]) -> Iterator[Finding]:
    """Whether styles and scripts are complete and can be laid out."""
    built, _ = assets.build(config.data_dir)
    missing = [one for one in ("css/member.css", "js", "vendor") if not (built / one).exists()]
    if missing:
        yield wrong(f"The static files lack {', '.join(missing)}: install the program anew.")
    else:
        yield good("Styles and scripts are laid out.")
