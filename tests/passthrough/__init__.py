"""Tests of what ``compat.v0`` is on both stacks: the real channels 0.17 on the old one, ours on the new one.

They run on Python 3.6 and name nothing but ``compat.v0``. What concerns the old stack alone is in test_old_stack.py.
"""
