import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("chat", "0017_pins"),
    ]

    operations = [
        migrations.CreateModel(
            name="MessageVersion",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveIntegerField(verbose_name="number")),
                ("body", models.TextField(max_length=10000, verbose_name="text")),
                ("written_at", models.DateTimeField(verbose_name="written at")),
                (
                    "message",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="versions",
                        to="chat.message",
                        verbose_name="message",
                    ),
                ),
            ],
            options={
                "verbose_name": "former text",
                "verbose_name_plural": "former texts",
                "ordering": ["message", "number"],
                "default_permissions": (),
                "constraints": [
                    models.UniqueConstraint(fields=("message", "number"), name="one_text_per_message_and_number")
                ],
            },
        ),
        # Room for the names of the space's own emoji. An earlier version stores shorter ones only.
        migrations.AlterField(
            model_name="reaction",
            name="emoji",
            field=models.CharField(max_length=34, verbose_name="emoji"),
        ),
    ]
