"""The verbs of the command line: one module each, which declares its arguments and does what they ask.

Goes in: parsed arguments. Comes out: what the verb prints, and whatever it wrote. A module of this package has HELP,
one line; `declare`, which adds arguments to the parser of its verb; and `run`.
"""
