"""Runs the parts of `bin/test`, three at a time, and sums them up."""
