"""What a person sees, read from the database. Nothing here writes."""
