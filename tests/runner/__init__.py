"""Runs the parts of `bin/test`, four at a time, and sums them up."""
