"""What control APIs have in common: who may call, what a person can be told to do, what is shown of it."""
