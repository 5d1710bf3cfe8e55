"""A small team with something to say, for people who want to see the place with life in it."""
