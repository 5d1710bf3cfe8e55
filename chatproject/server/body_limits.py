"""Size limits of request bodies."""

from collections.abc import Mapping


class BodyLimits:
    """A limit in bytes for each path: that of the longest prefix in the table, or else the default."""

    def __init__(self, default: int, by_prefix: Mapping[str, int]) -> None:
        self.default = default
        self._by_prefix = sorted(
            ((prefix.encode(), limit) for prefix, limit in by_prefix.items()), key=lambda item: -len(item[0])
        )

    def of(self, path: bytes) -> int:
        """The limit for a path as written in the request line."""
        return next((limit for prefix, limit in self._by_prefix if path.startswith(prefix)), self.default)
