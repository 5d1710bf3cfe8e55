"""Skeletons of names: nobody takes a username that looks like another's, or is invited by a look-alike name."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("chat", "0001_initial"),
    ]

    operations = [
        migrations.AlterModelManagers(
            name="user",
            managers=[],
        ),
        migrations.AlterField(
            model_name="user",
            name="username",
            field=models.CharField(
                error_messages={"unique": "This username is taken."},
                help_text="Letters of one script, digits, “.”, “_” and “-”.",
                max_length=150,
                unique=True,
                verbose_name="username",
            ),
        ),
        migrations.AddField(
            model_name="user",
            name="username_skeleton",
            field=models.CharField(editable=False, max_length=40, null=True, unique=True),
        ),
        migrations.AddField(
            model_name="user",
            name="name_skeleton",
            field=models.CharField(db_index=True, editable=False, max_length=40, null=True),
        ),
    ]
