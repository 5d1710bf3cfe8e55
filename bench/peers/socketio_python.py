"""The chat of python-socketio with its Redis manager, as an ASGI application."""

import os

import socketio

sio = socketio.AsyncServer(
    async_mode="asgi", client_manager=socketio.AsyncRedisManager(os.environ["REDIS_URL"]), cors_allowed_origins="*"
)
app = socketio.ASGIApp(sio)


@sio.event
async def join(sid: str, room: str) -> None:
    """Enter a room. Returning acknowledges the event."""
    await sio.enter_room(sid, room)


@sio.on("chat message")
async def chat_message(sid: str, room: str, message: str) -> None:
    """Send a message to everybody in the room."""
    await sio.emit("chat message", message, room=room)
