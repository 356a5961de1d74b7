"""The Conversation API as a pure, synchronous core: requests, timers and answers in; replies and effects out.

No sockets, no clock and no asyncio live here. The lab serves it, performs its effects and lends it time.
"""
