import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("chat", "0026_reports_and_held_messages"),
    ]

    operations = [
        migrations.CreateModel(
            name="ThreadFollow",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("is_following", models.BooleanField(db_default=True, default=True, verbose_name="follows")),
                (
                    "last_read",
                    models.PositiveBigIntegerField(db_default=0, default=0, verbose_name="last read position"),
                ),
                ("is_unread", models.BooleanField(db_default=False, default=False, verbose_name="unread")),
                ("mentions", models.PositiveSmallIntegerField(db_default=0, default=0, verbose_name="unread mentions")),
            ],
            options={
                "verbose_name": "followed thread",
                "verbose_name_plural": "followed threads",
                "default_permissions": (),
            },
        ),
        migrations.AddField(
            model_name="membership",
            name="thread_mentions",
            field=models.PositiveIntegerField(
                db_default=0, default=0, editable=False, verbose_name="mentions in threads"
            ),
        ),
        migrations.AddField(
            model_name="membership",
            name="unread_threads",
            field=models.PositiveIntegerField(db_default=0, default=0, editable=False, verbose_name="unread threads"),
        ),
        migrations.AddField(
            model_name="room",
            name="parent",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="threads",
                to="chat.room",
                verbose_name="room of the thread",
            ),
        ),
        migrations.AddField(
            model_name="room",
            name="parent_message",
            field=models.OneToOneField(
                blank=True,
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="thread",
                to="chat.message",
                verbose_name="message of the thread",
            ),
        ),
        migrations.AlterField(
            model_name="room",
            name="kind",
            field=models.CharField(
                choices=[("public", "public"), ("private", "private"), ("direct", "direct"), ("thread", "thread")],
                default="public",
                max_length=7,
                verbose_name="kind",
            ),
        ),
        migrations.AddIndex(
            model_name="room",
            index=models.Index(condition=models.Q(("parent__isnull", False)), fields=["parent"], name="room_parent"),
        ),
        migrations.AddField(
            model_name="threadfollow",
            name="parent",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="chat.room",
                verbose_name="room",
            ),
        ),
        migrations.AddField(
            model_name="threadfollow",
            name="room",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="follows",
                to="chat.room",
                verbose_name="thread",
            ),
        ),
        migrations.AddField(
            model_name="threadfollow",
            name="user",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="thread_follows",
                to=settings.AUTH_USER_MODEL,
                verbose_name="person",
            ),
        ),
        migrations.AddIndex(
            model_name="threadfollow",
            index=models.Index(fields=["user", "parent"], name="thread_follow_user_parent"),
        ),
        migrations.AddIndex(
            model_name="threadfollow",
            index=models.Index(
                condition=models.Q(("is_unread", True)), fields=["user", "parent"], name="thread_follow_unread"
            ),
        ),
        migrations.AddConstraint(
            model_name="threadfollow",
            constraint=models.UniqueConstraint(fields=("room", "user"), name="one_follow_per_thread_and_user"),
        ),
    ]
