"""Miniature bridges: a small correct one, and copies that are each wrong in one named way.

They test the judge: the correct one passes what it claims, and each wrong one must be caught by the intended
requirement. They speak the driver protocol over HTTP and keep everything in memory. They are no bridge to use.
"""
