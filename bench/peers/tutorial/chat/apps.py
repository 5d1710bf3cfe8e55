"""The tutorial's app."""

from django.apps import AppConfig


class ChatConfig(AppConfig):
    """Named apart from this site's own `chat`."""

    name = "bench.peers.tutorial.chat"
    label = "tutorial"
