"""What the names of people look like who were there before. Small transactions: the version before still runs."""

from typing import Any

from django.db import IntegrityError, migrations, transaction

from chat.unicode import skeleton_digest

BATCH = 1_000


def fill(apps: Any, schema_editor: Any) -> None:
    """Fill in everybody who has no skeleton yet, in the order of their ids. It can be run again."""
    people = apps.get_model("chat", "User").objects.using(schema_editor.connection.alias)
    last = 0
    while batch := list(people.filter(pk__gt=last).order_by("pk").only("username", "display_name")[:BATCH]):
        last = batch[-1].pk
        fill_batch(people, [person for person in batch if person.name_skeleton is None])


def fill_batch(people: Any, batch: list[Any]) -> None:
    """Of several people whose usernames look alike already, the first has the skeleton and the others have none."""
    looks = {person.pk: skeleton_digest(person.username) for person in batch}
    taken = set(people.filter(username_skeleton__in=looks.values()).values_list("username_skeleton", flat=True))
    for person in batch:
        if looks[person.pk] not in taken:
            taken.add(looks[person.pk])
            person.username_skeleton = looks[person.pk]
        person.name_skeleton = skeleton_digest(person.display_name or person.username)
    try:
        with transaction.atomic(using=people.db):
            people.bulk_update(batch, ["username_skeleton", "name_skeleton"])
    except IntegrityError:  # somebody took one of them meanwhile
        for person in batch:
            person.username_skeleton = None
        people.bulk_update(batch, ["username_skeleton", "name_skeleton"])


class Migration(migrations.Migration):
    """Data only."""

    atomic = False

    dependencies = [("chat", "0005_admin_log_without_texts")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
