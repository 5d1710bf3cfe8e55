"""A client of Sarangbang for bots and tools.

A bot needs a token, and only the standard library:

    bot = Bot("https://chat.example", token)

    @bot.on_message
    def answer(message):
        message.reply(f"You said: {message.body}")

    bot.run()

`AsyncBot` is the same for asyncio. docs/bots.md describes both.

`Client` in `asyncio_client` and `BlockingClient` in `blocking_client` hold the whole state of rooms, as the page in the
browser does, over a WebSocket. They need `pip install websockets`. docs/protocol.md describes the protocol.
"""

from .async_bot import AsyncBot
from .bot import Bot
from .errors import ClientError, CommandError, RefusedTokenError
from .incoming import AsyncMessage, Message, Movement, Reactions

__all__ = [
    "AsyncBot",
    "AsyncMessage",
    "Bot",
    "ClientError",
    "CommandError",
    "Message",
    "Movement",
    "Reactions",
    "RefusedTokenError",
]
