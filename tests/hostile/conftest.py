"""The browser and the real server of the browser tests serve here too."""

from tests.e2e.conftest import browser, server

__all__ = ["browser", "server"]
