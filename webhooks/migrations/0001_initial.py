import django.db.models.deletion
import django.utils.timezone
import webhooks.models.outgoing
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("chat", "0029_tokens"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="SeenReactions",
            fields=[
                (
                    "message",
                    models.OneToOneField(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to="chat.message",
                    ),
                ),
                ("digest", models.CharField(max_length=64)),
            ],
            options={
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="IncomingWebhook",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=60, verbose_name="name")),
                ("digest", models.CharField(editable=False, max_length=64, unique=True)),
                ("hint", models.CharField(editable=False, max_length=8)),
                (
                    "created_at",
                    models.DateTimeField(default=django.utils.timezone.now, editable=False, verbose_name="created"),
                ),
                ("off_at", models.DateTimeField(editable=False, null=True, verbose_name="switched off")),
                ("used_at", models.DateTimeField(editable=False, null=True, verbose_name="last used")),
                (
                    "bot",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="incoming_webhooks",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="bot",
                    ),
                ),
                (
                    "created_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="created by",
                    ),
                ),
                (
                    "room",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="incoming_webhooks",
                        to="chat.room",
                        verbose_name="room",
                    ),
                ),
            ],
            options={
                "verbose_name": "incoming webhook",
                "verbose_name_plural": "incoming webhooks",
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="OutgoingWebhook",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=60, verbose_name="name")),
                ("url", models.CharField(max_length=1000, verbose_name="address")),
                ("kinds", models.JSONField(default=list, verbose_name="kinds")),
                ("salt", models.CharField(default=webhooks.models.outgoing.new_salt, editable=False, max_length=32)),
                (
                    "created_at",
                    models.DateTimeField(default=django.utils.timezone.now, editable=False, verbose_name="created"),
                ),
                ("off_at", models.DateTimeField(editable=False, null=True, verbose_name="switched off")),
                (
                    "off_because",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("by_hand", "Switched off by somebody who manages the room"),
                            ("failing", "The receiver failed for a day"),
                            ("gone", "The receiver answered that it is gone (410)"),
                            ("behind", "Too many deliveries were waiting"),
                            ("left", "Its owner is not in the room any more"),
                        ],
                        default="",
                        editable=False,
                        max_length=8,
                        verbose_name="why",
                    ),
                ),
                ("leased_until", models.DateTimeField(editable=False, null=True)),
                (
                    "owner",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="outgoing_webhooks",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="owner",
                    ),
                ),
                (
                    "room",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="outgoing_webhooks",
                        to="chat.room",
                        verbose_name="room",
                    ),
                ),
            ],
            options={
                "verbose_name": "outgoing webhook",
                "verbose_name_plural": "outgoing webhooks",
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="WebhookDelivery",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("message.posted", "New message"),
                            ("message.edited", "Message edited"),
                            ("message.deleted", "Message deleted"),
                            ("reactions.changed", "Reactions changed"),
                            ("member.joined", "Member joined"),
                            ("member.left", "Member left"),
                            ("test", "Test"),
                        ],
                        max_length=20,
                        verbose_name="event",
                    ),
                ),
                ("change", models.PositiveBigIntegerField(default=0)),
                ("key", models.UUIDField(editable=False, unique=True)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "waiting"),
                            ("sent", "delivered"),
                            ("failed", "given up"),
                            ("skipped", "not sent: the message was deleted before"),
                        ],
                        default="waiting",
                        max_length=8,
                        verbose_name="state",
                    ),
                ),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="when")),
                ("next_try_at", models.DateTimeField(null=True)),
                ("tries", models.PositiveIntegerField(default=0, verbose_name="tries")),
                ("tried_at", models.DateTimeField(null=True, verbose_name="last try")),
                ("status", models.PositiveIntegerField(null=True, verbose_name="status")),
                ("milliseconds", models.PositiveIntegerField(null=True, verbose_name="duration")),
                ("answer", models.CharField(blank=True, default="", max_length=500, verbose_name="answer")),
                ("error", models.CharField(blank=True, default="", max_length=16, verbose_name="error")),
                (
                    "message",
                    models.ForeignKey(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="webhook_deliveries",
                        to="chat.message",
                    ),
                ),
                (
                    "webhook",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="deliveries",
                        to="webhooks.outgoingwebhook",
                    ),
                ),
            ],
            options={
                "verbose_name": "delivery",
                "verbose_name_plural": "deliveries",
                "default_permissions": (),
                "indexes": [
                    models.Index(fields=["webhook", "id"], name="delivery_webhook"),
                    models.Index(
                        condition=models.Q(("state", "waiting")), fields=["webhook", "id"], name="delivery_waiting"
                    ),
                ],
            },
        ),
    ]
