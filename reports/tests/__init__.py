"""Tests of the reports; run files are built in code, see ``runs``."""
