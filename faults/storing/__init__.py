"""A storage of files that can be slow, and at which a process can be killed."""
