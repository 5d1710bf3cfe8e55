"""The site: settings, addresses, and the server that runs it."""
