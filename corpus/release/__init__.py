"""The product: rows put together, and what its files say of themselves."""
