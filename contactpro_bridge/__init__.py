"""The Contact Pro side of the Conversation API integration: webhooks in, agents' replies out.

Rooms: ``settings``, ``intake``, ``chats``, ``whatsapp``, ``outbound``, ``attachments``, ``agent``, ``admin``,
``store``, ``clients``, ``jobs``. ``app`` joins them; clock and clients are handed in. No fake is imported here.
"""
