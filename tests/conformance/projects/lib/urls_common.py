"""re_path on every Django, and the one URL that all projects have."""
try:
    from django.urls import re_path
except ImportError:
    from django.conf.urls import url as re_path

from views_common import ready

common = [re_path(r"^ready/$", ready)]
