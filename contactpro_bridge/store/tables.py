"""The tables. Times are microseconds since the epoch (``_us``), JSON is text, and every row names its tenant.

All names begin with ``cp_``: the durable queue keeps its own tables beside ours in the same SQLite file.
"""

import sqlalchemy as sa

metadata = sa.MetaData()

tenants = sa.Table(
    "cp_tenants",
    metadata,
    sa.Column("id", sa.String(64), primary_key=True),
    sa.Column("settings", sa.Text, nullable=False),
    sa.Column("revision", sa.Integer, nullable=False),
    sa.Column("clock_mode", sa.String(8), nullable=False, server_default="real"),
    sa.Column("clock_us", sa.BigInteger, nullable=False, server_default="0"),
    sa.Column("created_us", sa.BigInteger, nullable=False),
)

raw_events = sa.Table(
    "cp_raw_events",
    metadata,
    sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True, autoincrement=True),
    sa.Column("tenant", sa.String(64), nullable=False),
    sa.Column("service", sa.String(64), nullable=False),
    sa.Column("dedup_key", sa.String(255), nullable=False),
    sa.Column("kind", sa.String(64), nullable=False),
    sa.Column("body", sa.LargeBinary, nullable=False),
    sa.Column("received_us", sa.BigInteger, nullable=False),
    sa.UniqueConstraint("tenant", "dedup_key", name="cp_raw_events_once"),
    sa.Index("cp_raw_events_received", "received_us"),
)

LIVE_CHAT = sa.text("state IN ('in_queue', 'in_process')")

chats = sa.Table(
    "cp_chats",
    metadata,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("tenant", sa.String(64), nullable=False),
    sa.Column("service", sa.String(64), nullable=False),
    sa.Column("app_id", sa.String(64), nullable=False),
    sa.Column("channel", sa.String(32), nullable=False),
    sa.Column("identity", sa.String(255), nullable=False),
    sa.Column("state", sa.String(16), nullable=False),
    sa.Column("queue", sa.String(100)),
    sa.Column("agent_id", sa.String(100)),
    sa.Column("contact_id", sa.String(64), nullable=False, server_default=""),
    sa.Column("conversation_id", sa.String(64), nullable=False, server_default=""),
    sa.Column("customer_name", sa.Text),
    sa.Column("attached", sa.Text, nullable=False, server_default="{}"),
    sa.Column("problems", sa.Text, nullable=False, server_default="[]"),
    sa.Column("created_us", sa.BigInteger, nullable=False),
    sa.Column("ended_us", sa.BigInteger),
    sa.Column("last_rev", sa.Integer, nullable=False, server_default="0"),
    sa.Column("last_seq", sa.BigInteger, nullable=False, server_default="0"),
    sa.Column("last_in_us", sa.BigInteger, nullable=False, server_default="0"),
    sa.Column("job_count", sa.Integer, nullable=False, server_default="0"),
    sa.Index(
        "cp_chats_live",
        "tenant",
        "service",
        "app_id",
        "channel",
        "identity",
        unique=True,
        sqlite_where=LIVE_CHAT,
        postgresql_where=LIVE_CHAT,
    ),
    sa.Index("cp_chats_state", "tenant", "state", "created_us"),
    sa.Index("cp_chats_conversation", "tenant", "conversation_id"),
    sa.Index("cp_chats_contact", "tenant", "contact_id"),
)

attachments = sa.Table(
    "cp_attachments",
    metadata,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("tenant", sa.String(64), nullable=False),
    sa.Column("chat_id", sa.String(32)),
    sa.Column("uploaded_by", sa.String(100)),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("mime", sa.String(200), nullable=False),
    sa.Column("size_bytes", sa.BigInteger, nullable=False, server_default="0"),
    sa.Column("sha256", sa.String(64), nullable=False, server_default=""),
    sa.Column("state", sa.String(8), nullable=False),
    sa.Column("problem", sa.Text),
    sa.Column("source_url", sa.Text, nullable=False, server_default=""),
    sa.Column("created_us", sa.BigInteger, nullable=False),
    sa.Index("cp_attachments_tenant", "tenant"),
)

entries = sa.Table(
    "cp_entries",
    metadata,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("tenant", sa.String(64), nullable=False),
    sa.Column("chat_id", sa.String(32), sa.ForeignKey("cp_chats.id", ondelete="CASCADE"), nullable=False),
    sa.Column("seq", sa.BigInteger, nullable=False),
    sa.Column("rev", sa.Integer, nullable=False),
    sa.Column("at_us", sa.BigInteger, nullable=False),
    sa.Column("direction", sa.String(8), nullable=False),
    sa.Column("kind", sa.String(24), nullable=False),
    sa.Column("text", sa.Text),
    sa.Column("content", sa.Text, nullable=False, server_default="{}"),
    sa.Column("message_id", sa.String(128)),
    sa.Column("client_id", sa.String(128)),
    sa.Column("attachment_id", sa.String(32)),
    sa.Column("public_token", sa.String(64)),
    sa.Column("delivery", sa.String(12)),
    sa.Column("delivery_code", sa.String(128)),
    sa.Column("delivery_description", sa.Text),
    sa.Column("outgoing", sa.Text),
    sa.Column("sender", sa.String(64)),
    sa.UniqueConstraint("tenant", "message_id", name="cp_entries_message_once"),
    sa.UniqueConstraint("chat_id", "client_id", name="cp_entries_client_once"),
    sa.Index("cp_entries_order", "chat_id", "seq"),
    sa.Index("cp_entries_changes", "chat_id", "rev"),
    sa.Index("cp_entries_attachment", "attachment_id"),
    sa.Index(
        "cp_entries_sending",
        "sender",
        sqlite_where=sa.text("delivery = 'sending'"),
        postgresql_where=sa.text("delivery = 'sending'"),
    ),
)

public_files = sa.Table(
    "cp_public_files",
    metadata,
    sa.Column("token", sa.String(64), primary_key=True),
    sa.Column("tenant", sa.String(64), nullable=False),
    sa.Column("attachment_id", sa.String(32), nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("mime", sa.String(200), nullable=False),
    sa.Column("size_bytes", sa.BigInteger, nullable=False),
    sa.Column("url", sa.Text, nullable=False),
    sa.Column("published_us", sa.BigInteger, nullable=False),
    sa.Column("expires_us", sa.BigInteger, nullable=False),
    sa.Index("cp_public_files_tenant", "tenant"),
)

contacts = sa.Table(
    "cp_contacts",
    metadata,
    sa.Column("tenant", sa.String(64), primary_key=True),
    sa.Column("contact_id", sa.String(64), primary_key=True),
    sa.Column("name", sa.Text),
    sa.Column("fetched_us", sa.BigInteger, nullable=False),
)

windows = sa.Table(
    "cp_windows",
    metadata,
    sa.Column("tenant", sa.String(64), primary_key=True),
    sa.Column("app_id", sa.String(64), primary_key=True),
    sa.Column("identity", sa.String(255), primary_key=True),
    sa.Column("last_in_us", sa.BigInteger, nullable=False),
)

consents = sa.Table(
    "cp_consents",
    metadata,
    sa.Column("tenant", sa.String(64), primary_key=True),
    sa.Column("number", sa.String(32), primary_key=True),
    sa.Column("purpose", sa.String(32), primary_key=True),
    sa.Column("value", sa.Boolean, nullable=False),
    sa.Column("created_us", sa.BigInteger, nullable=False),
    sa.Column("updated_us", sa.BigInteger, nullable=False),
)

jobs = sa.Table(
    "cp_jobs",
    metadata,
    sa.Column("id", sa.String(48), primary_key=True),
    sa.Column("tenant", sa.String(64), nullable=False),
    sa.Column("kind", sa.String(16), nullable=False),
    sa.Column("chat_id", sa.String(32), nullable=False),
    sa.Column("ref", sa.String(64), nullable=False),
    sa.Column("priority", sa.Integer, nullable=False),
    sa.Column("state", sa.String(8), nullable=False),
    sa.Column("run", sa.Integer, nullable=False, server_default="0"),
    sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
    sa.Column("next_us", sa.BigInteger, nullable=False),
    sa.Column("problem", sa.Text),
    sa.Column("created_us", sa.BigInteger, nullable=False),
    sa.Index("cp_jobs_state", "tenant", "state"),
    sa.Index("cp_jobs_chat", "chat_id", "kind", "state"),
)
