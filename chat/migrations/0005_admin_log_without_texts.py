"""The admin's log names messages by id: earlier versions stored the beginning of their text there."""

from typing import Any

from django.db import migrations
from django.db.models import F, Value
from django.db.models.functions import Concat


def forget_texts(apps: Any, schema_editor: Any) -> None:
    """Replace the name of every logged message by its id."""
    entries = apps.get_model("admin", "LogEntry").objects.using(schema_editor.connection.alias)
    entries.filter(content_type__app_label="chat", content_type__model="message").update(
        object_repr=Concat(Value("Message "), F("object_id"))
    )


class Migration(migrations.Migration):
    """Changes data only, and can be run again."""

    dependencies = [
        ("chat", "0004_sessions"),
        ("admin", "0003_logentry_add_action_flag_choices"),
    ]

    operations = [migrations.RunPython(forget_texts, migrations.RunPython.noop)]
