"""Questions about a customer's bills, of three depths: every figure is computed, none generated."""
