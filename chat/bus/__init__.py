"""Events published after COMMIT, and their delivery to every process."""
