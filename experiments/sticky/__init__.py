"""The regime table with sticky prices."""
