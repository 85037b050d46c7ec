from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('consent', '0003_refusals'),
    ]

    operations = [
        migrations.AddField(
            model_name='suppression',
            name='said_at',
            field=models.DateTimeField(null=True),
        ),
    ]
