"""A deriver whose rows and effects can be compared with the messages. Only `bin/faults` installs it."""
