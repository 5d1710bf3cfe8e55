"""A real site, made to suffer on purpose, and a checker of what it promised: `bin/faults`."""
