"""`python -m chatproject.server`."""

from chatproject.server.server import main

main()
