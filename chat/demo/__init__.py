"""Demo data: a small team with two weeks of messages."""
