"""The ``lodge`` command: what the library can do, for people at a terminal and for scripts.

Answers go to standard output, everything else to standard error; ``exits`` says which exit code
means what. Secrets are asked for, read from standard input or taken from the environment, never
from the command line. Needs the extra ``[cli]``.
"""
