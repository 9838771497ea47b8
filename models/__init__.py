"""Statistical models over profiles: default risk, and later ranking, acceptance and warning."""

from models.openmp import load_openmp

load_openmp()  # LightGBM is imported by modules of this package only, so always after this line
