"""What tests share. ``django_project``, ``layers`` and ``processes`` run on the old stack (Python 3.6) too."""
