"""What routes become: `Rib`, `PrefixTable`, their columns and their receipt."""
