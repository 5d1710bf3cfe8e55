"""Requests to addresses that people have chosen: only to public ones, bounded in time and size. Knows nothing of the
chat."""
