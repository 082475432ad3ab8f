"""What people look at: the funnel in the terminal, and the report in a browser."""
