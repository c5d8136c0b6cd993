"""What happens to a work order around its own document: numbers, guards, release, freeze, cancel, roll-up."""
