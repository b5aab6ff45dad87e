"""Words and numbers that peak lists and sentences share: headings, conditions, multiplicities."""
