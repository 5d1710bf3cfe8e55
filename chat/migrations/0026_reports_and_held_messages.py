import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("chat", "0025_rules_sanctions_and_guests"),
    ]

    operations = [
        migrations.CreateModel(
            name="HeldMessage",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.UUIDField(editable=False)),
                ("body", models.TextField(editable=False, verbose_name="text")),
                (
                    "held_at",
                    models.DateTimeField(default=django.utils.timezone.now, editable=False, verbose_name="sent at"),
                ),
                (
                    "author",
                    models.ForeignKey(
                        db_index=False,
                        editable=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="held_messages",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="author",
                    ),
                ),
                (
                    "reply_to",
                    models.ForeignKey(
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="chat.message",
                        verbose_name="in reply to",
                    ),
                ),
                (
                    "room",
                    models.ForeignKey(
                        editable=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="held_messages",
                        to="chat.room",
                        verbose_name="room",
                    ),
                ),
            ],
            options={
                "verbose_name": "held message",
                "verbose_name_plural": "held messages",
                "ordering": ["pk"],
                "default_permissions": (),
                "constraints": [
                    models.UniqueConstraint(fields=("author", "key"), name="one_held_message_per_author_and_key")
                ],
            },
        ),
        migrations.CreateModel(
            name="Report",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "reason",
                    models.CharField(
                        choices=[
                            ("spam", "advertising or spam"),
                            ("unkind", "unkind to someone"),
                            ("private", "private information"),
                            ("other", "something else"),
                        ],
                        editable=False,
                        max_length=8,
                        verbose_name="reason",
                    ),
                ),
                ("note", models.CharField(blank=True, editable=False, max_length=500, verbose_name="note")),
                (
                    "created_at",
                    models.DateTimeField(default=django.utils.timezone.now, editable=False, verbose_name="reported at"),
                ),
                ("closed_at", models.DateTimeField(editable=False, null=True, verbose_name="closed at")),
                (
                    "outcome",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("deleted", "the message was deleted"),
                            ("muted", "its author was muted"),
                            ("banned", "its author was banned"),
                            ("dismissed", "nothing was wrong"),
                        ],
                        editable=False,
                        max_length=9,
                        verbose_name="outcome",
                    ),
                ),
                (
                    "closed_by",
                    models.ForeignKey(
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="closed by",
                    ),
                ),
                (
                    "message",
                    models.ForeignKey(
                        db_index=False,
                        editable=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="reports",
                        to="chat.message",
                        verbose_name="message",
                    ),
                ),
                (
                    "reporter",
                    models.ForeignKey(
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="reports",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="reported by",
                    ),
                ),
            ],
            options={
                "verbose_name": "report",
                "verbose_name_plural": "reports",
                "ordering": ["-pk"],
                "default_permissions": (),
                "indexes": [
                    models.Index(condition=models.Q(("closed_at__isnull", True)), fields=["id"], name="report_open")
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("message", "reporter"), name="one_report_per_message_and_person")
                ],
            },
        ),
    ]
