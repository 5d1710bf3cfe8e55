"""Finds out what files of people are, and makes pictures of them, in subprocesses with limits.

`inspection` is called by the site, and knows nothing of messages. Everything else runs in the subprocess, and imports
nothing of the chat and no Django.
"""
