"""``python -m ses_simulator``: the thin entry to the command line."""

from ses_simulator.commandline import run

if __name__ == "__main__":
    run()
