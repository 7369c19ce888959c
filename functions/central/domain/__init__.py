"""What central knows and decides, without a cloud: no clock, no table, no log in here."""
