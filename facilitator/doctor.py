"""`flask doctor`: what an operator should mend before the first room, each in one plain sentence.

`flask --app facilitator.doctor doctor` also works when the program itself cannot start.
"""

import os
from collections.abc import Callable, Iterable, Iterator, Mapping

import click
from flask import Flask

from facilitator.checks import machine, settings, stores
from facilitator.checks.finding import Finding, Grade, wrong
from facilitator.config import Config, ConfigError

Check = Callable[[Config, Mapping[str, str]], Iterable[Finding]]

CHECKS: tuple[Check, ...] = (
    settings.files,
    settings.address,
    settings.proxy,
    settings.crisis_text,
    settings.static_files,
    machine.clock,
    machine.disk,
    machine.open_files,
    machine.memory_on_disk,
    stores.database,
    stores.redis_server,
)


def examine(environ: Mapping[str, str]) -> Iterator[Finding]:
    """Run every check; one that cannot run is a finding itself."""
    try:
        config = Config.from_env(environ)
    except ConfigError as problem:
        yield wrong(str(problem))
        return
    for check in CHECKS:
        try:
            yield from check(config, environ)
        except Exception as error:
            yield wrong(f"The check “{check.__name__}” failed itself: {type(error).__name__}.")


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
