import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("chat", "0023_room_invitations"),
    ]

    operations = [
        migrations.CreateModel(
            name="Poll",
            fields=[
                (
                    "message",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="poll",
                        serialize=False,
                        to="chat.message",
                        verbose_name="message",
                    ),
                ),
                ("is_multiple", models.BooleanField(default=False, verbose_name="several choices")),
                ("is_anonymous", models.BooleanField(default=False, verbose_name="anonymous")),
                ("is_hidden", models.BooleanField(default=False, verbose_name="results hidden until it is closed")),
                ("closes_at", models.DateTimeField(blank=True, null=True, verbose_name="closes at")),
                ("closed_at", models.DateTimeField(blank=True, null=True, verbose_name="closed at")),
            ],
            options={
                "verbose_name": "poll",
                "verbose_name_plural": "polls",
                "default_permissions": (),
            },
        ),
        migrations.AddField(
            model_name="room",
            name="shows_reads",
            field=models.BooleanField(db_default=True, default=True, editable=False, verbose_name="shows who has read"),
        ),
        migrations.AddField(
            model_name="user",
            name="hides_reads",
            field=models.BooleanField(db_default=False, default=False, editable=False),
        ),
        migrations.CreateModel(
            name="PollChoice",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveSmallIntegerField(verbose_name="number")),
                ("text", models.CharField(max_length=100, verbose_name="text")),
                (
                    "poll",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="choices",
                        to="chat.poll",
                        verbose_name="poll",
                    ),
                ),
            ],
            options={
                "verbose_name": "choice of a poll",
                "verbose_name_plural": "choices of polls",
                "ordering": ["poll", "number"],
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="Vote",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "choice",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="votes",
                        to="chat.pollchoice",
                        verbose_name="choice of a poll",
                    ),
                ),
                (
                    "poll",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="votes",
                        to="chat.poll",
                        verbose_name="poll",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="votes",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="person",
                    ),
                ),
            ],
            options={
                "verbose_name": "vote",
                "verbose_name_plural": "votes",
                "default_permissions": (),
            },
        ),
        migrations.AddConstraint(
            model_name="pollchoice",
            constraint=models.UniqueConstraint(fields=("poll", "number"), name="one_choice_per_poll_and_number"),
        ),
        migrations.AddIndex(
            model_name="vote",
            index=models.Index(fields=["poll", "choice", "id"], name="vote_poll_choice"),
        ),
        migrations.AddConstraint(
            model_name="vote",
            constraint=models.UniqueConstraint(fields=("user", "poll", "choice"), name="one_vote_per_user_and_choice"),
        ),
    ]
