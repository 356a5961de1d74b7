"""Chats: routing, order in the transcript, attached data, customer names, and what is shown of them."""
