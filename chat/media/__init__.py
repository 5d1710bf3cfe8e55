"""Files that people send. They are parsed only in subprocesses with limits; knows nothing of people or rooms."""
