"""What can happen to a site. Each scenario is one function that takes a `Run`; its docstring is its description."""

from faults.run import Scenario
from faults.scenarios import fuzz, hostile, mixed, network, people, postgresql, redis, servers, soak, storm, stuck

SCENARIOS: dict[str, Scenario] = {
    scenario.__name__.replace("_", "-"): scenario
    for module in (servers, redis, postgresql, network, people, storm, stuck, fuzz, hostile, mixed, soak)
    for scenario in module.SCENARIOS
}

ORDINARY = [name for name in SCENARIOS if name not in ("brief", "hostile-brief", "soak")]
"""Those that run when nobody names any."""
