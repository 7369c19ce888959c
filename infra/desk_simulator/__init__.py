"""A desk under load: customers, attendants who fail and are repaired, and the real policy.

It feeds `desk.domain`, unchanged, with events in continuous time; a step is one minute.
"""
