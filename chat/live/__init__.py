"""The live path of one process: bus, feeds, hub, connections, writer."""
