"""Tests of what runs in the lab's own environment: `make unit` calls them there."""
