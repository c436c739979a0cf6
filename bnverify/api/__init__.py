"""What the functions of the package return: objects that print as the command line shows them."""
