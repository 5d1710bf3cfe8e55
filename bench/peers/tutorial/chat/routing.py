"""The tutorial's one address; SAVES=1 puts the consumer that stores each message behind it."""

import os

from django.urls import re_path

from . import consumers

consumer = consumers.SavingChatConsumer if os.environ.get("SAVES") == "1" else consumers.ChatConsumer
websocket_urlpatterns = [re_path(r"ws/chat/(?P<room_name>\w+)/$", consumer.as_asgi())]
