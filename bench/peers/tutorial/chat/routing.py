"""The tutorial's only URL. With SAVES=1 it leads to the consumer that stores each message."""

import os

from django.urls import re_path

from . import consumers

consumer = consumers.SavingChatConsumer if os.environ.get("SAVES") == "1" else consumers.ChatConsumer
websocket_urlpatterns = [re_path(r"ws/chat/(?P<room_name>\w+)/$", consumer.as_asgi())]
