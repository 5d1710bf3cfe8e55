"""The signature of Standard Webhooks, by which a receiver knows that a request comes from this site."""

import base64
import hashlib
import hmac

from django.utils.crypto import salted_hmac

PREFIX = "whsec_"


def secret_of(salt: str) -> bytes:
    """The secret of a webhook: 32 bytes, which nobody knows who knows only the database."""
    return salted_hmac("webhooks.secret", salt, algorithm="sha256").digest()


def secret_text(salt: str) -> str:
    """The secret as receivers are given it."""
    return PREFIX + base64.b64encode(secret_of(salt)).decode()


def signed_headers(salt: str, *, key: str, timestamp: int, body: bytes) -> dict[str, str]:
    """The headers with the id, the time in seconds, and the signature of both and the body."""
    signed = b".".join([key.encode(), str(timestamp).encode(), body])
    signature = base64.b64encode(hmac.new(secret_of(salt), signed, hashlib.sha256).digest()).decode()
    return {"webhook-id": key, "webhook-timestamp": str(timestamp), "webhook-signature": f"v1,{signature}"}
