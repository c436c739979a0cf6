"""What workers of the tests do instead of judging; a worker imports it by its name."""
