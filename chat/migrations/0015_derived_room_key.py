import django.db.models.deletion
from django.db import migrations

import chat.models.derived_room


class Migration(migrations.Migration):
    dependencies = [
        ("chat", "0014_custom_emoji"),
    ]

    operations = [
        migrations.AlterField(
            model_name="derivedroom",
            name="room",
            field=chat.models.derived_room.RoomKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.CASCADE,
                primary_key=True,
                related_name="derived",
                serialize=False,
                to="chat.room",
            ),
        ),
    ]
