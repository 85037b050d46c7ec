from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('consent', '0004_said_at'),
    ]

    operations = [
        migrations.AddField(
            model_name='topic',
            name='retired_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='topic',
            name='version',
            field=models.IntegerField(default=1),
        ),
    ]
