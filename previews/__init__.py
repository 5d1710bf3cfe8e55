"""Previews of links in messages, as a Django app beside the chat."""
