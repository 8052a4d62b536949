"""What the page about scenarios is made of: changes in the address, their effect, leverage, what is kept, actions."""
