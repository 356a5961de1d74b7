"""Attachments: the share, the download of customers' files, the public links of agents' files, the checks.

One module each (``share``, ``fetch``, ``public``, ``checks``) over pure ones (``addresses``, ``mimes``,
``names``, ``ranges``). The package knows no chat, no database and no Conversation API: records and clocks
are handed in.
"""
