import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("chat", "0024_polls_and_reads"),
    ]

    operations = [
        migrations.AddField(
            model_name="membership",
            name="banned_until",
            field=models.DateTimeField(blank=True, editable=False, null=True, verbose_name="banned until"),
        ),
        migrations.AddField(
            model_name="membership",
            name="may_post_from",
            field=models.DateTimeField(blank=True, editable=False, null=True, verbose_name="may post from"),
        ),
        migrations.AddField(
            model_name="membership",
            name="muted_until",
            field=models.DateTimeField(blank=True, editable=False, null=True, verbose_name="muted until"),
        ),
        migrations.AddField(
            model_name="room",
            name="slow_seconds",
            field=models.PositiveSmallIntegerField(db_default=0, default=0, verbose_name="slow mode"),
        ),
        migrations.AddField(
            model_name="room",
            name="who_invites",
            field=models.CharField(
                choices=[("everyone", "everybody in the room"), ("moderators", "moderators and owners")],
                db_default="everyone",
                default="everyone",
                max_length=10,
                verbose_name="who may invite people",
            ),
        ),
        migrations.AddField(
            model_name="room",
            name="who_mentions_all",
            field=models.CharField(
                blank=True,
                choices=[("everyone", "everybody in the room"), ("moderators", "moderators and owners")],
                db_default="",
                default="",
                max_length=10,
                verbose_name="who may mention everybody",
            ),
        ),
        migrations.AddField(
            model_name="room",
            name="who_posts",
            field=models.CharField(
                choices=[("everyone", "everybody in the room"), ("moderators", "moderators and owners")],
                db_default="everyone",
                default="everyone",
                max_length=10,
                verbose_name="who may post",
            ),
        ),
        migrations.AddField(
            model_name="user",
            name="is_guest",
            field=models.BooleanField(db_default=False, default=False, verbose_name="guest"),
        ),
        migrations.AddField(
            model_name="invitation",
            name="guest_room",
            field=models.ForeignKey(
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="guest_invitations",
                to="chat.room",
                verbose_name="room for guests",
            ),
        ),
    ]
