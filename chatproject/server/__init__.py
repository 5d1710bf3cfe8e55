"""The server: Daphne with what a chat needs on top. `python -m chatproject.server` runs it."""
