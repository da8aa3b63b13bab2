"""Musical time: what is heard and what the performer says become one beat."""
