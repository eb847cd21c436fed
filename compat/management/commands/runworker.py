"""Where Django looks for the command of an app; on the old stack it is the real one."""

from compat.v0.management.commands.runworker import Command

__all__ = ["Command"]
