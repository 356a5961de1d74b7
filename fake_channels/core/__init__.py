"""What every emulated channel stands on: worlds, virtual time, effects, faults, traces and handsets.

Five nouns explain the package. A `World` is one isolated tenant. A `Component` is one service in it: pure rules over a
state. Rules return `Effect`s (call out, wake me later) instead of performing them. The `Shell` performs effects, and
the `Front` turns sockets into requests. Nothing in here knows a channel's name.
"""
