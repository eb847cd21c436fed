import television
from channels import Group
from television.utils import send_to_group, staff_log

from proj.models import Contact, Plan


@television.add_listener("ping")
def ping(message):
    return "pong!"


@television.add_listener("whoami")
def whoami(message):
    return {"username": message.user.username, "staff": message.user.is_staff}


@television.require_staff
@television.add_listener("contacts.create")
def create_contact(message, email, full_name):
    return Contact.objects.create(email=email, full_name=full_name).pk


@television.add_listener("contacts.rename")
def rename_contact(message, pk, full_name):
    contact = Contact.objects.get(pk=pk)
    contact.full_name = full_name
    contact.save()


@television.add_listener("contacts.delete")
def delete_contact(message, pk):
    Contact.objects.get(pk=pk).delete()


@television.add_listener("plans.create")
def create_plan(message, title):
    Plan.objects.create(title=title, secret="not to be seen")


@television.add_listener("log")
def log(message, text):
    staff_log(text)
    send_to_group("users.%s" % message.user.id, "mine", text)


@television.add_listener("chat")
def chat(message, text):
    Group("chat").send({"text": text})


@television.add_listener("fail")
def fail(message):
    raise RuntimeError("in the listener")
