"""Grading submissions that nobody trusts: an isolated worker, and a verdict that is made outside of it."""
