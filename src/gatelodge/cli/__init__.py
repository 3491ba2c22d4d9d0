"""The operator's commands: one file per group of commands, mounted by ``cli.main``.

Commands call the same ``operations`` as the pages do; exit codes are 0 done, 1 failed, 2 bad usage
or bad configuration.
"""
