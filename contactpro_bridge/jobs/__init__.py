"""Durable jobs: what must happen even after a crash, in order per chat and kind, with retries on the tenant's clock.

``room`` is what the bridge uses, ``engine`` the one small interface to a queue, ``dbos_engine`` the durable queue
(DBOS, imported only when it starts), ``memory_engine`` one for tests.
"""
