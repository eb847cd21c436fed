"""Helpers for tests of consumers."""

from .base import ChannelTestCase, Client, TransactionChannelTestCase, apply_routes
from .http import HttpClient

__all__ = ["ChannelTestCase", "Client", "HttpClient", "TransactionChannelTestCase", "apply_routes"]
