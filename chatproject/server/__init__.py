"""The server: Daphne with the extensions that a chat needs. Run it with `python -m chatproject.server`."""
