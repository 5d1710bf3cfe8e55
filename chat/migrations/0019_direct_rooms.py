from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("chat", "0018_message_versions"),
    ]

    operations = [
        migrations.AddField(
            model_name="room",
            name="direct_key",
            field=models.CharField(editable=False, max_length=255, null=True, unique=True),
        ),
        migrations.AddField(
            model_name="room",
            name="closed",
            field=models.CharField(
                blank=True,
                choices=[
                    ("refused", "one of two people has blocked the other"),
                    ("deactivated", "nobody else is active"),
                ],
                db_default="",
                default="",
                editable=False,
                max_length=11,
                verbose_name="closed",
            ),
        ),
    ]
