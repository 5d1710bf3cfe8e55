from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    operations = [
        migrations.CreateModel(
            name="DerivedCopy",
            fields=[
                ("message_id", models.BigIntegerField(primary_key=True, serialize=False)),
                ("room_id", models.BigIntegerField()),
                ("body", models.TextField()),
                ("extras", models.JSONField()),
            ],
        ),
    ]
