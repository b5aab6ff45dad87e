"""The paper's tables and figures, run again, and the page that shows them."""
