"""Stores files in a bucket of an S3 server. Imported only if one is set, since its libraries need not be installed."""

from typing import IO, Any, cast

from botocore.config import Config
from botocore.exceptions import ClientError
from storages.backends.s3 import S3Storage

CONNECT_SECONDS, READ_SECONDS = 5, 15
TRIES = 2
"""A request to a server that does not answer ends, so that others have their turn, and is repeated later."""

CONNECTIONS = 20
NOT_AMAZON: dict[str, Any] = {
    "s3": {"addressing_style": "path"},
    "request_checksum_calculation": "when_required",
    "response_checksum_validation": "when_required",
}
"""What most other servers need: the bucket in the path, not in the host name, and no checksums behind bodies."""

MISSING = {"404", "NoSuchKey", "NotFound"}


class BucketStorage(S3Storage):  # type: ignore[misc]  # it has no types
    """A bucket, of which one reads no more than one needs.

    Django's own way of opening a file would fetch all of it, however little of it is read.
    """

    def __init__(self, *, endpoint_url: str | None = None, **options: Any) -> None:
        config = Config(
            connect_timeout=CONNECT_SECONDS,
            read_timeout=READ_SECONDS,
            retries={"total_max_attempts": TRIES},
            max_pool_connections=CONNECTIONS,
            **(NOT_AMAZON if endpoint_url else {}),
        )
        # Threads of the library's own would hold ten parts of a large file in memory, not one.
        options |= {"default_acl": None, "file_overwrite": True, "use_threads": False, "client_config": config}
        super().__init__(endpoint_url=endpoint_url, **options)

    def open_span(self, name: str, first: int, last: int) -> IO[bytes]:
        """What the server sends from `first` to `last`, while it sends it. Raises FileNotFoundError."""
        try:
            got = self.bucket.Object(name).get(Range=f"bytes={first}-{last}")
        except ClientError as error:
            if error.response["Error"]["Code"] in MISSING:
                raise FileNotFoundError(name) from error
            raise
        return cast("IO[bytes]", got["Body"])
