"""A client of Sarangbang for bots, tests and tools.

`ClientProtocol` and all that it uses do no input or output and import only the standard library. `Client` (asyncio)
and `BlockingClient` drive it over a WebSocket; they need `pip install websockets`:

    from client.blocking_client import BlockingClient
    from client.sign_in import sign_in

    with BlockingClient(site, sign_in(site, username, password)) as chat:
        chat.say(chat.room("general"), "Good morning!")

Both reconnect by themselves, resume the open rooms, and send again what was not acked. docs/protocol.md describes what
goes over the wire.
"""
