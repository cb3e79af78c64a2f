"""`flask doctor`: what an operator should mend before the first room, each in one plain sentence.

`flask --app facilitator.doctor doctor` also works when the program itself cannot start.
"""

import os
from collections.abc import Callable, Iterable, Iterator, Mapping

import click
from flask import Flask

from facilitator import checks
from facilitator.checks import Finding, Grade
from facilitator.config import Config, ConfigError

Check = Callable[[Config, Mapping[str, str]], Iterable[Finding]]

CHECKS: tuple[Check, ...] = (
    checks.files,
    checks.address,
    checks.proxy,
    checks.crisis_text,
    checks.static_files,
    checks.clock,
    checks.disk,
    checks.open_files,
    checks.memory_on_disk,
    checks.database,
    checks.redis_server,
)


def examine(environ: Mapping[str, str]) -> Iterator[Finding]:
    """Run every check; one that cannot run is a finding itself."""
    try:
        config = Config.from_env(environ)
    except ConfigError as problem:
        yield Finding(Grade.WRONG, str(problem))
        return
    for check in CHECKS:
        try:
            yield from check(config, environ)
        except Exception as error:
            yield Finding(Grade.WRONG, f"The check “{check.__name__}” failed itself: {type(error).__name__}.")


@click.command("doctor")
def doctor() -> None:
    """Check files, addresses, database, clock and machine; exit with 1 when something is wrong."""
    found = list(examine(os.environ))
    for grade in (Grade.GOOD, Grade.ADVICE, Grade.WRONG):
        for one in found:
            if one.grade is grade:
                click.echo(f"{grade:7} {one.sentence}")
    if any(one.grade is Grade.WRONG for one in found):
        raise SystemExit(1)


def register(app: Flask) -> None:
    """Add the command to an app."""
    app.cli.add_command(doctor)


def create_app() -> Flask:
    """Build an app that has this one command and needs nothing to work."""
    app = Flask("facilitator.doctor", static_folder=None)
    register(app)
    return app
