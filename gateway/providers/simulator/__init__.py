"""Practice: phones that exist only as rows. Accepts the same callbacks as Africa's Talking."""
