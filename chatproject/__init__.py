"""The project: settings, URLs, and the server that runs the site."""
