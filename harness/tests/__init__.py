"""Tests of the harness: each module has its own file here."""
