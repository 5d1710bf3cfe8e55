"""The scenarios. Each is one function that takes a `Run`; its docstring is its description."""

from faults.run import Scenario
from faults.scenarios import (
    derive,
    disks,
    erasing,
    files,
    fuzz,
    hostile,
    limits,
    mixed,
    network,
    people,
    postgresql,
    proxied,
    redis,
    search,
    servers,
    soak,
    storm,
    stuck,
    upgrade,
    webhooks,
)

MODULES = (
    servers,
    proxied,
    upgrade,
    derive,
    erasing,
    webhooks,
    redis,
    postgresql,
    disks,
    files,
    search,
    limits,
    network,
    people,
    storm,
    stuck,
    fuzz,
    hostile,
    mixed,
    soak,
)

SCENARIOS: dict[str, Scenario] = {
    scenario.__name__.replace("_", "-"): scenario for module in MODULES for scenario in module.SCENARIOS
}

ORDINARY = [name for name in SCENARIOS if name not in ("brief", "hostile-brief", "soak")]
"""The scenarios that run by default."""
