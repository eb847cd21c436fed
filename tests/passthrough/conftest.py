from support.django_project import configure

configure()
