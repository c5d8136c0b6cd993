"""What happens on the floor: postings that are inserted and submitted in one go, reversed, never edited."""
