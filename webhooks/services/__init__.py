"""What people do with webhooks. The only code that writes them, besides the deriver and the sender."""
