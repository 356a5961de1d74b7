"""Webhook intake: signature, parsing, and what each callback does to chats."""
