"""Everything that handles HTTP requests, except the admin."""
