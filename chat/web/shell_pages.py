"""Pages in the shell that apps beside the chat add, in their `AppConfig.ready`.

The script of the shell fetches them and shows them in the place of a room. It finds their addresses in `urls`, under
their names.
"""

_names: list[str] = []


def register(name: str) -> None:
    """Add the page of this name in the URLconf, and all pages whose paths begin with its path."""
    _names.append(name)


def shell_pages() -> tuple[str, ...]:
    """The names of the pages."""
    return tuple(_names)
