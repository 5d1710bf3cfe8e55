"""Date and time formats, by language, where those of Django differ from common usage."""
