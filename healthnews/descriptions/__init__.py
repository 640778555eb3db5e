"""What a release says of itself, in the standards that tools read: dataset card, Data Package, Croissant, schema.org, citation."""
