"""What two or more services of Recado share: their messages and the ground they stand on.

Start with `contracts` (what services say to each other) and `model` (what they speak about).
"""
