"""What follows from changes of rooms: derived by cursor after they are committed, never in the path of a send."""
