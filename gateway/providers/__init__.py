"""Carriers, one folder each: adding a carrier is adding a folder."""
