"""What every other package stands on: ids, money, time, clock, randomness, errors, named SQL."""
