"""The chat over HTTP, for scripts, bots and other programs: commands, and resources to read."""
