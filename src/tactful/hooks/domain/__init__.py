"""Pure decisions of this capability: facts in, values out."""
