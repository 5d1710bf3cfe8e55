"""What is published after COMMIT, and how it reaches every process."""
