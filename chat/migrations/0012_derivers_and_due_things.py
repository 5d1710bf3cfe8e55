"""Tables of derivers and due things.

References to rooms have no constraints: a process of the version before deletes rooms without knowing these tables.
"""

import django.db.models.deletion
import django.utils.timezone
import uuid
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("chat", "0011_room_emoji_and_space_picture"),
    ]

    operations = [
        migrations.CreateModel(
            name="DerivedRoom",
            fields=[
                (
                    "room",
                    models.OneToOneField(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="derived",
                        serialize=False,
                        to="chat.room",
                    ),
                ),
                ("revision", models.PositiveBigIntegerField()),
                ("stamp", models.BigIntegerField()),
            ],
            options={
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="DeriverState",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(editable=False, max_length=32, unique=True, verbose_name="name")),
                ("epoch", models.PositiveIntegerField(default=1, editable=False)),
                (
                    "error",
                    models.CharField(blank=True, default="", editable=False, max_length=200, verbose_name="last error"),
                ),
                ("failed_at", models.DateTimeField(editable=False, null=True, verbose_name="failed at")),
                ("failed_room", models.BigIntegerField(editable=False, null=True)),
            ],
            options={
                "verbose_name": "deriver",
                "verbose_name_plural": "derivers",
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="Due",
            fields=[
                (
                    "id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                ("kind", models.CharField(editable=False, max_length=32, verbose_name="kind")),
                ("args", models.JSONField(default=dict, editable=False)),
                (
                    "due_at",
                    models.DateTimeField(default=django.utils.timezone.now, editable=False, verbose_name="due at"),
                ),
                ("tries", models.PositiveIntegerField(default=0, editable=False, verbose_name="tries")),
                ("leased_until", models.DateTimeField(editable=False, null=True)),
                (
                    "last_error",
                    models.CharField(blank=True, default="", editable=False, max_length=200, verbose_name="last error"),
                ),
                ("done_at", models.DateTimeField(editable=False, null=True, verbose_name="done at")),
                ("failed_at", models.DateTimeField(editable=False, null=True, verbose_name="failed at")),
            ],
            options={
                "verbose_name": "background task",
                "verbose_name_plural": "background tasks",
                "default_permissions": (),
                "indexes": [
                    models.Index(fields=["due_at"], name="due_all"),
                    models.Index(
                        condition=models.Q(("done_at", None), ("failed_at", None)),
                        fields=["due_at"],
                        name="due_waiting",
                    ),
                    models.Index(condition=models.Q(("done_at__isnull", False)), fields=["done_at"], name="due_done"),
                    models.Index(
                        condition=models.Q(("failed_at__isnull", False)), fields=["failed_at"], name="due_failed"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Lease",
            fields=[
                ("name", models.CharField(max_length=32, primary_key=True, serialize=False)),
                ("holder", models.UUIDField()),
                ("expires_at", models.DateTimeField()),
            ],
            options={
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="DeriverCursor",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=32)),
                ("revision", models.PositiveBigIntegerField(default=0)),
                ("position", models.PositiveBigIntegerField(default=0)),
                ("epoch", models.PositiveIntegerField(default=0)),
                (
                    "room",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="deriver_cursors",
                        to="chat.room",
                    ),
                ),
            ],
            options={
                "default_permissions": (),
                "constraints": [
                    models.UniqueConstraint(fields=("room", "name"), name="one_cursor_per_room_and_deriver")
                ],
            },
        ),
    ]
