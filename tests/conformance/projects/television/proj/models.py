from django.db import models
from television import add_data_binding_staff, add_data_binding_superuser


@add_data_binding_staff(send_members=["extra"])
class Contact(models.Model):
    email = models.EmailField()
    full_name = models.TextField()

    @property
    def extra(self):
        return {"name": self.full_name.title()}


@add_data_binding_superuser(fields=["title"], send_members=[])
class Plan(models.Model):
    title = models.TextField()
    secret = models.TextField()
