"""The teams and servers of tests/system, for tests of the tools."""

from tests.system.conftest import start_team, team

__all__ = ["start_team", "team"]
