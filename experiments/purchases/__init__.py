"""Purchases of long bonds."""
