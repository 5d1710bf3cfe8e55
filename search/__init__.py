"""Search: finds messages by their words, in the rooms that the reader is in."""
