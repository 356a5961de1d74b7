"""The settings' documentation, made from the models: Markdown tables; and an example file."""

from typing import Any, Final

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from contactpro_bridge.settings import server, tenant

_SECTIONS: Final[tuple[tuple[str, type[BaseModel]], ...]] = (
    ("[server]", server.ListenSettings),
    ("[storage]", server.StorageSettings),
    ("[admin]", server.AdminSettings),
    ("[lab]", server.LabSettings),
    ("[jobs]", server.JobSettings),
    ("[logging]", server.LogSettings),
    ("[tenants.NAME]", tenant.TenantSettings),
    ("[[tenants.NAME.services]]", tenant.ServiceSettings),
    ("[[tenants.NAME.queues]]", tenant.QueueSettings),
    ("[[tenants.NAME.routes]]", tenant.RouteSettings),
    ("[[tenants.NAME.agents]]", tenant.AgentSettings),
    ("[[tenants.NAME.templates]]", tenant.TemplateSettings),
    ("[tenants.NAME.chat_settings]", tenant.ChatSettings),
)

EXAMPLE: Final = """\
# contactpro-bridge: an example. Check it with: contactpro-bridge check-config --config bridge.toml

[server]
host = "127.0.0.1"
port = 8610
public_base_url = "https://bridge.example.com"

[storage]
data_dir = "data"            # SQLite and the share live here
# database_url = "postgresql+psycopg://bridge@db.example.com/bridge"
# share_url = "s3://bridge-share/attachments"

# [admin]
# token = "a-long-random-admin-token"

[tenants.main]
catch_all_queue = "General"

[[tenants.main.services]]
name = "sinch"
service_connection = "https://eu.conversation.api.sinch.com/v1/projects/PROJECT-ID/messages:send"
token_url = "https://auth.sinch.com/oauth2/token"
key_id = "KEY-ID@APP-ID"
key_secret = "SECRET"
webhook_secret = "WEBHOOK-SECRET"

[[tenants.main.queues]]
name = "General"
address = "chat.general@example.com"

[[tenants.main.queues]]
name = "WhatsApp"
address = "chat.whatsapp@example.com"

[[tenants.main.routes]]
service = "sinch"
channel = "WHATSAPP"
queue = "WhatsApp"

[[tenants.main.agents]]
name = "Agent One"
token = "a-long-random-agent-token"
rights = ["chats", "files", "consents:view", "consents:edit", "templates:view"]
queues = ["General", "WhatsApp"]

[tenants.main.chat_settings]
max_attachment_bytes = 10485760
allowed_file_types = "pdf, jpg, jpeg, png, gif, mp4"
retention_seconds = 86400
"""


def settings_markdown() -> str:
    """Return every setting with type, default and meaning."""
    parts = [
        "# Settings",
        "",
        "Made from the code by `contactpro-bridge settings-doc`. Any setting of the process can also be given in the",
        f"environment as `{server.ENV_PREFIX}SECTION__KEY`.",
    ]
    for title, model in _SECTIONS:
        parts += ["", f"## `{title}`", "", (model.__doc__ or "").strip(), "", "| key | type | default | meaning |"]
        parts += ["|---|---|---|---|"]
        parts += [_row(name, field) for name, field in model.model_fields.items()]
    return "\n".join(parts) + "\n"


def _row(name: str, field: FieldInfo) -> str:
    meaning = (field.description or "").replace("``", "`")
    return f"| `{name}` | {_type_name(field.annotation)} | {_default(field)} | {meaning} |"


def _type_name(annotation: Any) -> str:
    text = annotation.__name__ if isinstance(annotation, type) else str(annotation).replace("typing.", "")
    return text.replace("contactpro_bridge.settings.tenant.", "").replace("|", "or")


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    value = field.get_default(call_default_factory=True, validated_data={})
    if isinstance(value, BaseModel):
        return "see its section"
    return "(empty)" if value in ("", None, []) else f"`{value}`"
