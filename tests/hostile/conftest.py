"""The real server of the browser tests serves here too."""

from tests.e2e.conftest import server

__all__ = ["server"]
