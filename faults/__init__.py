"""Runs a real site with injected faults and checks its guarantees: `bin/faults`."""
