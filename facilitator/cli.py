"""What an operator does from the command line: flask --app facilitator.app ..."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
from flask import Flask
from flask.cli import AppGroup
from sqlalchemy.exc import OperationalError

from facilitator.config import ConfigError
from facilitator.core.errors import RoomError
from facilitator.core.vignette_form import VignetteError
from facilitator.services import services
from facilitator.storage import backup, migrate, therapists, two_factor
from facilitator.storage.rotation import rotate_keys
from facilitator.storage.vignettes import SHIPPED, check_file

therapist = AppGroup("therapist", help="Therapists' accounts.")
keys = AppGroup("keys", help="The key-encryption key.")
vignettes = AppGroup("vignettes", help="The stories.")
db = AppGroup("db", help="The database.")


@therapist.command("add")
@click.argument("email")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
def add_therapist(email: str, password_stdin: bool) -> None:
    """Make an account for EMAIL."""
    typed = sys.stdin.readline().rstrip("\n") if password_stdin else _ask_password()
    try:
        password_hash = therapists.hash_password(typed)
        with services().database.write() as tx:
            therapists.add(tx, email, password_hash)
    except RoomError as refusal:
        raise click.ClickException(refusal.sentence) from None
    click.echo("The account is ready.")


@therapist.command("reset")
@click.argument("email")
@click.option("--password-stdin", is_flag=True, help="Set a password read from standard input instead.")
@click.option("--two-factor-off", is_flag=True, help="Switch the second step off as well.")
def reset_therapist(email: str, password_stdin: bool, two_factor_off: bool) -> None:
    """Print a one-time link with which EMAIL chooses a new password; good for an hour."""
    here = services()
    try:
        typed = sys.stdin.readline().rstrip("\n") if password_stdin else None
        password_hash = therapists.hash_password(typed) if typed is not None else None
    except RoomError as refusal:
        raise click.ClickException(refusal.sentence) from None
    with here.database.write() as tx:
        found = therapists.find(tx, email)
        if found is None:
            raise click.ClickException("There is no account with this e-mail address.")
        if two_factor_off:
            two_factor.switch_off(tx, found.therapist)
        if password_hash:
            therapists.set_password(tx, found.therapist, password_hash)
            click.echo("The password is changed, and every browser of this account is signed out.")
            return
        token = therapists.make_reset_link(tx, found.therapist, now=time.time())
    click.echo(f"{here.config.base_url}/reset/{token}")


@keys.command("rotate")
def rotate() -> None:
    """Wrap all live keys anew and destroy the old key-encryption key."""
    rotate_keys(services().database, services().keys)
    click.echo("The keys are wrapped anew. Copies of older ones cannot be opened any more.")


@click.command("purge")
def purge() -> None:
    """End and purge the rooms that nobody ended within 12 hours."""
    click.echo(f"Rooms ended: {services().upkeep.purge()}")


@vignettes.command("check")
@click.argument("files", nargs=-1, type=click.Path(exists=True, path_type=Path))
def check(files: tuple[Path, ...]) -> None:
    """Check FILES, or the stories that are shipped."""
    found = 0
    for path in files or sorted(SHIPPED.glob("*.yaml")):
        for sentence in check_file(path):
            found += 1
            click.echo(sentence)
    if found:
        raise click.ClickException(f"{found} sentences to mend.")
    click.echo("All stories are well formed.")


@db.command("upgrade")
def upgrade() -> None:
    """Bring the database to the newest form."""
    migrate.upgrade(services().database)
    click.echo("The database is up to date.")


@db.command("revision")
@click.option("-m", "--message", required=True, help="What the change is for.")
def revision(message: str) -> None:
    """Write a migration from what differs between tables.py and the database."""
    migrate.revision(services().database, message)


@click.command("backup")
@click.argument("file", type=click.Path(path_type=Path))
def make_backup(file: Path) -> None:
    """Copy accounts, choices and summaries into FILE.

    Left out: live rooms, guesses, seats, codes, keys and sign-ins. No backup can bring a room back. The file
    holds e-mail addresses and password hashes; only its owner may open it.
    """
    with one_sentence(), services().database.read() as tx:
        rows = backup.write(tx, file)
    click.echo(f"Rows copied into {file}: {rows}. Live rooms and everything in them were left out.")


@click.command("restore")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--replace", is_flag=True, help="Put the copy in place of what is there.")
def restore(file: Path, replace: bool) -> None:
    """Put back what `backup` copied into FILE."""
    with one_sentence():
        rows = backup.restore(services().database, file, replace=replace)
    click.echo(f"Rows put back: {rows}. Everybody signs in again.")


@contextmanager
def one_sentence() -> Iterator[None]:
    """Tell the operator in one sentence what went wrong, instead of in a page of code."""
    try:
        yield
    except (ConfigError, backup.BackupError, VignetteError) as problem:
        raise click.ClickException(str(problem)) from None
    except OperationalError:
        raise click.ClickException(
            "The database does not answer. `flask --app facilitator.doctor doctor` looks for the cause."
        ) from None


def register(app: Flask) -> None:
    """Add the commands to an app."""
    for command in (therapist, keys, vignettes, db, purge, make_backup, restore):
        app.cli.add_command(command)


def _ask_password() -> str:
    found: str = click.prompt("Password", hide_input=True, confirmation_prompt=True)
    return found
