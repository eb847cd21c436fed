from compat.otree.overlay import complete

complete(globals())
