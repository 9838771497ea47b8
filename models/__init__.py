"""Statistical models over profiles: default risk, and later ranking, acceptance and warning."""
