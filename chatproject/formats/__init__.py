"""Dates and times where Django writes them in another way than people do, by language."""
