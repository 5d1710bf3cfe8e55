"""A client of Sarangbang for bots, tests and tools.

`ClientProtocol` and the modules that it uses do no I/O and import only the standard library. `Client` (asyncio) and
`BlockingClient` drive it over a WebSocket; they need `pip install websockets`:

    from client.blocking_client import BlockingClient
    from client.sign_in import sign_in

    with BlockingClient(site, sign_in(site, username, password)) as chat:
        chat.say(chat.room("general"), "Good morning!")

Both reconnect automatically, resume the open rooms, and resend what was not acked. docs/protocol.md describes the
protocol.
"""
