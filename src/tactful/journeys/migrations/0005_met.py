from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('journeys', '0004_began_on'),
    ]

    operations = [
        migrations.AddField(
            model_name='journey',
            name='met',
            field=models.IntegerField(null=True),
        ),
    ]
