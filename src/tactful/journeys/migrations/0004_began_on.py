from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('journeys', '0003_planned_by_thing'),
    ]

    operations = [
        migrations.AddField(
            model_name='run',
            name='began_on',
            field=models.IntegerField(null=True),
        ),
    ]
