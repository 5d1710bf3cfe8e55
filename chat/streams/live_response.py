"""The ASGI extension for responses that are written to for a long time. Imports nothing, for servers."""

LIVE_RESPONSE = "chat.live_response"
"""The extension in which our server provides `write` and `abort` of a response. Other servers have only `send`.

`write(payload)` writes part of the body at once, after all that was sent before. It returns False if it can't, and has
then written nothing. `abort()` resets the connection.
"""
