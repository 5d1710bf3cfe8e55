"""The wire: what a client may ask (`commands`), what the server says (`events`), what goes wrong (`errors`)."""

PROTOCOL = "chat.v1"
