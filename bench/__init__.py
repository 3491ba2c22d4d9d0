"""One command that measures the product beside a floor on the same server, in the same run."""
