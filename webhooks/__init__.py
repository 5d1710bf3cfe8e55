"""Webhooks: addresses to which other programs post, and addresses to which this site posts what happens in rooms."""
