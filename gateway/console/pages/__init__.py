"""One module a subject: its views, and the rows of the route table that say who may call them."""
