"""A project that would break out of a page, or of a terminal, that did not guard against it."""

from __future__ import annotations

SCRIPT = "</code></script><script>document.title='broken out'</script>"
IMAGE = "<img src=x onerror=alert(1)>"

_CODE = f"""from channels import Group


def receive(message):
    Group("{SCRIPT}").send({{"text": "{IMAGE}" + message["text"]}})
"""
NAMES = (f"{IMAGE}.py", "\"quote'.py", "\x1b[31mred.py", "&amp;日本.py", "new\nline.py", "{{ braces }}%s.py")

FILES: dict[str, object] = {
    **dict.fromkeys(NAMES, _CODE),
    "two & two.py": f'from channels import Group\nprint "{SCRIPT}"\n',
    "settings.py": 'CHANNEL_LAYERS = {"default": {"BACKEND": "asgi_amqp.AMQPChannelLayer", "X": "<script>"}}\n',
    "requirements.txt": "channels==0.17.3  # <script>alert(1)</script>\n",
}
