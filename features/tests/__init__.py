"""Tests of the suite itself: vocabulary, requirements, tables."""
