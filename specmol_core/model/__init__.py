"""The matching network and its parts. A network receives finished parts, never flags."""
