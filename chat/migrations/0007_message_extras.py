"""Columns for what is added to messages after they were sent, and for counts of system lines.

All defaults are constants in the database: PostgreSQL rewrites no row, and processes of the version before, which do not
know these columns, go on inserting.
"""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("chat", "0006_fill_username_skeletons"),
    ]

    operations = [
        migrations.AddField(
            model_name="membership",
            name="system_lines_read",
            field=models.BigIntegerField(db_default=0, default=0, editable=False, verbose_name="system lines read"),
        ),
        migrations.AddField(
            model_name="message",
            name="extras",
            field=models.JSONField(blank=True, db_default={}, default=dict, editable=False, verbose_name="extras"),
        ),
        migrations.AddField(
            model_name="message",
            name="system_lines",
            field=models.BigIntegerField(db_default=0, default=0, editable=False, verbose_name="system lines"),
        ),
        migrations.AddField(
            model_name="message",
            name="text_revision",
            field=models.BigIntegerField(db_default=0, default=0, editable=False, verbose_name="revision of the text"),
        ),
        migrations.AddField(
            model_name="room",
            name="system_lines",
            field=models.BigIntegerField(db_default=0, default=0, editable=False, verbose_name="system lines"),
        ),
    ]
