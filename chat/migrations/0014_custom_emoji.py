import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("chat", "0013_reactions"),
    ]

    operations = [
        migrations.AddField(
            model_name="space",
            name="emoji_version",
            field=models.PositiveIntegerField(db_default=0, default=0, editable=False),
        ),
        migrations.CreateModel(
            name="CustomEmoji",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=32, unique=True, verbose_name="name")),
                ("picture", models.ImageField(editable=False, upload_to="emoji/", verbose_name="picture")),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="created at")),
                ("is_archived", models.BooleanField(db_default=False, default=False, verbose_name="archived")),
                (
                    "created_by",
                    models.ForeignKey(
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="added by",
                    ),
                ),
            ],
            options={
                "verbose_name": "emoji of the space",
                "verbose_name_plural": "emoji of the space",
                "ordering": ["name"],
                "default_permissions": (),
            },
        ),
    ]
