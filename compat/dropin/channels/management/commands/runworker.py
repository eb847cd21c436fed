from compat.dropin.overlay import load

load(__name__)
