"""Everything that answers HTTP, except the admin."""
