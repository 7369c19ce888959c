"""`python -m samlocal`: what `make sam-local` runs."""

from samlocal.commandline import run

if __name__ == "__main__":
    run()
