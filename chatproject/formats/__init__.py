"""Formats of dates and times, by language, where Django's own differ from common usage."""
