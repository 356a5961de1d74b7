"""The admin API: tenants, dead letters, and, in a lab, clocks. Off without an admin token."""
