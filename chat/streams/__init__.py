"""Events over HTTP: server-sent events, streams of JSON lines, and long polls, beside the WebSocket."""
