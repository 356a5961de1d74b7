"""The lab: worlds made of the fake gateway and the fake channels, their servers, and the control API `/lab/v1`.

`worlds` builds and keeps worlds, `lab` runs the servers, `api` speaks the control API, `guard` keeps strangers out.
"""
