"""Turns the evidence a run left behind into pages, pictures and CI files.

It knows one thing: the run file, whose contract is ``schemas/run.schema.json``. It must not know how a run is made:
it imports no other package of the project, judges nothing and talks to no network.
"""
