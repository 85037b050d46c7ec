"""Mail services with an API of their own, through django-anymail."""
