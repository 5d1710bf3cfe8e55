"""The consumer of part 3 of the Channels tutorial, unchanged, and a variant that stores messages."""

import json
from typing import Any

from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncWebsocketConsumer

from .models import Message


class ChatConsumer(AsyncWebsocketConsumer):
    """The tutorial's asynchronous consumer."""

    async def connect(self) -> None:
        self.room_name = self.scope["url_route"]["kwargs"]["room_name"]
        self.room_group_name = f"chat_{self.room_name}"

        # Join room group
        await self.channel_layer.group_add(self.room_group_name, self.channel_name)

        await self.accept()

    async def disconnect(self, close_code: int) -> None:
        # Leave room group
        await self.channel_layer.group_discard(self.room_group_name, self.channel_name)

    # Receive message from WebSocket
    async def receive(self, text_data: str) -> None:
        text_data_json = json.loads(text_data)
        message = text_data_json["message"]

        # Send message to room group
        await self.channel_layer.group_send(self.room_group_name, {"type": "chat.message", "message": message})

    # Receive message from room group
    async def chat_message(self, event: dict[str, Any]) -> None:
        message = event["message"]

        # Send message to WebSocket
        await self.send(text_data=json.dumps({"message": message}))


class SavingChatConsumer(ChatConsumer):
    """Stores each message with `objects.create` before it sends it to the group, as most later tutorials do."""

    async def receive(self, text_data: str) -> None:
        message = json.loads(text_data)["message"]
        await database_sync_to_async(Message.objects.create)(room=self.room_name, content=message)
        await self.channel_layer.group_send(self.room_group_name, {"type": "chat.message", "message": message})
