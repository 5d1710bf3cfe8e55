"""The wire protocol: commands of clients, events of the server, and errors."""

PROTOCOL = "chat.v1"
