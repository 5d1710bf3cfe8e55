"""Reads from the database what people may see. Nothing here writes."""
