"""Skeletons of names: nobody takes a username that looks like another's, or is invited by a look-alike name."""

from django.db import migrations, models

from chat.unicode import skeleton_digest

BATCH = 1_000


def fill(apps, schema_editor):
    """Among people whose usernames look alike already, only the first gets a skeleton."""
    people = apps.get_model("chat", "User").objects
    taken = set(people.exclude(username_skeleton=None).values_list("username_skeleton", flat=True))
    changed = []
    for person in people.filter(username_skeleton=None).order_by("pk").only("username", "display_name").iterator(BATCH):
        look = skeleton_digest(person.username)
        if look not in taken:
            taken.add(look)
            person.username_skeleton = look
        person.name_skeleton = skeleton_digest(person.display_name or person.username)
        changed.append(person)
    people.bulk_update(changed, ["username_skeleton", "name_skeleton"], batch_size=BATCH)


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
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
