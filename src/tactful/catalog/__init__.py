"""Products, orders, returns, margins."""
