import django.db.models.deletion
import search.models
from django.db import migrations, models


def add_inverted_index(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("CREATE INDEX message_tokens ON search_messagetokens USING gin (tokens)")


class Migration(migrations.Migration):
    initial = True

    dependencies = [("chat", "0029_tokens")]

    operations = [
        migrations.CreateModel(
            name="MessageTokens",
            fields=[
                (
                    "message",
                    models.OneToOneField(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="tokens",
                        serialize=False,
                        to="chat.message",
                    ),
                ),
                ("tokens", search.models.TokensField()),
            ],
            options={"default_permissions": ()},
        ),
        migrations.RunPython(add_inverted_index, migrations.RunPython.noop),
    ]
