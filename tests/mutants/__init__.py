"""Mutation tests of the twin: each mutant changes one line, and a test must fail."""
