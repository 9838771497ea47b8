"""Which product fits which enterprise, in what order, and why."""
