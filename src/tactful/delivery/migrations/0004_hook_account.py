from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('delivery', '0003_feedback'),
    ]

    operations = [
        migrations.AddField(
            model_name='hook',
            name='account',
            field=models.TextField(blank=True, default=''),
        ),
    ]
