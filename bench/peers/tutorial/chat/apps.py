"""The tutorial's app."""

from django.apps import AppConfig


class ChatConfig(AppConfig):
    """Has a label other than `chat`, which is this site's own app."""

    name = "bench.peers.tutorial.chat"
    label = "tutorial"
