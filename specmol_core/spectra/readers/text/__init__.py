"""Text parsing shared by peak lists and sentences: headings, conditions, multiplicities."""
