from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("chat", "0020_people"),
    ]

    operations = [
        migrations.AddField(
            model_name="user",
            name="rights_suspended",
            field=models.BooleanField(db_default=False, default=False, editable=False),
        ),
        migrations.AddField(
            model_name="user",
            name="erased_at",
            field=models.DateTimeField(editable=False, null=True, verbose_name="erased at"),
        ),
    ]
