"""The first schema."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make every table."""
    op.create_table(
        "cp_attachments",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("tenant", sa.String(length=64), nullable=False),
        sa.Column("chat_id", sa.String(length=32), nullable=True),
        sa.Column("uploaded_by", sa.String(length=100), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("mime", sa.String(length=200), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("sha256", sa.String(length=64), server_default="", nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.Column("source_url", sa.Text(), server_default="", nullable=False),
        sa.Column("created_us", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("cp_attachments_tenant", "cp_attachments", ["tenant"], unique=False)
    op.create_table(
        "cp_chats",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("tenant", sa.String(length=64), nullable=False),
        sa.Column("service", sa.String(length=64), nullable=False),
        sa.Column("app_id", sa.String(length=64), nullable=False),
        sa.Column("channel", sa.String(length=32), nullable=False),
        sa.Column("identity", sa.String(length=255), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("queue", sa.String(length=100), nullable=True),
        sa.Column("agent_id", sa.String(length=100), nullable=True),
        sa.Column("contact_id", sa.String(length=64), server_default="", nullable=False),
        sa.Column("conversation_id", sa.String(length=64), server_default="", nullable=False),
        sa.Column("customer_name", sa.Text(), nullable=True),
        sa.Column("attached", sa.Text(), server_default="{}", nullable=False),
        sa.Column("problems", sa.Text(), server_default="[]", nullable=False),
        sa.Column("created_us", sa.BigInteger(), nullable=False),
        sa.Column("ended_us", sa.BigInteger(), nullable=True),
        sa.Column("last_rev", sa.Integer(), server_default="0", nullable=False),
        sa.Column("last_seq", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("last_in_us", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("job_count", sa.Integer(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("cp_chats_contact", "cp_chats", ["tenant", "contact_id"], unique=False)
    op.create_index("cp_chats_conversation", "cp_chats", ["tenant", "conversation_id"], unique=False)
    op.create_index(
        "cp_chats_live",
        "cp_chats",
        ["tenant", "service", "app_id", "channel", "identity"],
        unique=True,
        sqlite_where=sa.text("state IN ('in_queue', 'in_process')"),
        postgresql_where=sa.text("state IN ('in_queue', 'in_process')"),
    )
    op.create_index("cp_chats_state", "cp_chats", ["tenant", "state", "created_us"], unique=False)
    op.create_table(
        "cp_consents",
        sa.Column("tenant", sa.String(length=64), nullable=False),
        sa.Column("number", sa.String(length=32), nullable=False),
        sa.Column("purpose", sa.String(length=32), nullable=False),
        sa.Column("value", sa.Boolean(), nullable=False),
        sa.Column("created_us", sa.BigInteger(), nullable=False),
        sa.Column("updated_us", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "number", "purpose"),
    )
    op.create_table(
        "cp_contacts",
        sa.Column("tenant", sa.String(length=64), nullable=False),
        sa.Column("contact_id", sa.String(length=64), nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("fetched_us", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "contact_id"),
    )
    op.create_table(
        "cp_jobs",
        sa.Column("id", sa.String(length=48), nullable=False),
        sa.Column("tenant", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("chat_id", sa.String(length=32), nullable=False),
        sa.Column("ref", sa.String(length=64), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("run", sa.Integer(), server_default="0", nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("next_us", sa.BigInteger(), nullable=False),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.Column("created_us", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("cp_jobs_chat", "cp_jobs", ["chat_id", "kind", "state"], unique=False)
    op.create_index("cp_jobs_state", "cp_jobs", ["tenant", "state"], unique=False)
    op.create_table(
        "cp_public_files",
        sa.Column("token", sa.String(length=64), nullable=False),
        sa.Column("tenant", sa.String(length=64), nullable=False),
        sa.Column("attachment_id", sa.String(length=32), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("mime", sa.String(length=200), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("published_us", sa.BigInteger(), nullable=False),
        sa.Column("expires_us", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("token"),
    )
    op.create_index("cp_public_files_tenant", "cp_public_files", ["tenant"], unique=False)
    op.create_table(
        "cp_raw_events",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("tenant", sa.String(length=64), nullable=False),
        sa.Column("service", sa.String(length=64), nullable=False),
        sa.Column("dedup_key", sa.String(length=255), nullable=False),
        sa.Column("kind", sa.String(length=64), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("received_us", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("tenant", "dedup_key", name="cp_raw_events_once"),
    )
    op.create_index("cp_raw_events_received", "cp_raw_events", ["received_us"], unique=False)
    op.create_table(
        "cp_tenants",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("settings", sa.Text(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("clock_mode", sa.String(length=8), server_default="real", nullable=False),
        sa.Column("clock_us", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("created_us", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "cp_windows",
        sa.Column("tenant", sa.String(length=64), nullable=False),
        sa.Column("app_id", sa.String(length=64), nullable=False),
        sa.Column("identity", sa.String(length=255), nullable=False),
        sa.Column("last_in_us", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "app_id", "identity"),
    )
    op.create_table(
        "cp_entries",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("tenant", sa.String(length=64), nullable=False),
        sa.Column("chat_id", sa.String(length=32), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("rev", sa.Integer(), nullable=False),
        sa.Column("at_us", sa.BigInteger(), nullable=False),
        sa.Column("direction", sa.String(length=8), nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("text", sa.Text(), nullable=True),
        sa.Column("content", sa.Text(), server_default="{}", nullable=False),
        sa.Column("message_id", sa.String(length=128), nullable=True),
        sa.Column("client_id", sa.String(length=128), nullable=True),
        sa.Column("attachment_id", sa.String(length=32), nullable=True),
        sa.Column("public_token", sa.String(length=64), nullable=True),
        sa.Column("delivery", sa.String(length=12), nullable=True),
        sa.Column("delivery_code", sa.String(length=128), nullable=True),
        sa.Column("delivery_description", sa.Text(), nullable=True),
        sa.Column("outgoing", sa.Text(), nullable=True),
        sa.Column("sender", sa.String(length=64), nullable=True),
        sa.ForeignKeyConstraint(["chat_id"], ["cp_chats.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("chat_id", "client_id", name="cp_entries_client_once"),
        sa.UniqueConstraint("tenant", "message_id", name="cp_entries_message_once"),
    )
    op.create_index("cp_entries_attachment", "cp_entries", ["attachment_id"], unique=False)
    op.create_index("cp_entries_changes", "cp_entries", ["chat_id", "rev"], unique=False)
    op.create_index("cp_entries_order", "cp_entries", ["chat_id", "seq"], unique=False)
    op.create_index(
        "cp_entries_sending",
        "cp_entries",
        ["sender"],
        unique=False,
        sqlite_where=sa.text("delivery = 'sending'"),
        postgresql_where=sa.text("delivery = 'sending'"),
    )


def downgrade() -> None:
    """Remove every table."""
    op.drop_table("cp_entries")
    op.drop_table("cp_windows")
    op.drop_table("cp_tenants")
    op.drop_table("cp_raw_events")
    op.drop_table("cp_public_files")
    op.drop_table("cp_jobs")
    op.drop_table("cp_contacts")
    op.drop_table("cp_consents")
    op.drop_table("cp_chats")
    op.drop_table("cp_attachments")
