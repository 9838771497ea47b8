"""One half year of the market before anything is shown: who asks, what fits, and the draws for it."""

from dataclasses import dataclass

from matching.province.demand import Asked
from matching.province.draws import Draws
from matching.province.timeline import Floats, Ints, Rng
from matching.province.truth import Latent, Pairs


@dataclass(frozen=True, slots=True)
class Scene:
    """The half year of this number, from 0: its requests and the products that fit them."""

    number: int
    latent: Latent
    asked: Asked
    pairs: Pairs
    draws: Draws

    @property
    def firm(self) -> Ints:
        """The firm of each pair, as its place in the bucket."""
        return self.asked.firm[self.pairs.asked]

    def rng(self, subject: str) -> Rng:
        """Return the generator of a subject in this half year."""
        return self.draws.rng(subject, self.number)

    def uniforms(self, subject: str) -> Floats:
        """Return a number in [0, 1) for each pair, drawn by product and request, whatever else fits."""
        return self._of_pairs(self.draws.uniforms(f"{subject}/{self.number}", self.latent.ids, self.asked.size))

    def normals(self, subject: str) -> Floats:
        """Return a standard normal for each pair, as `uniforms`."""
        return self._of_pairs(self.draws.normals(f"{subject}/{self.number}", self.latent.ids, self.asked.size))

    def _of_pairs(self, grid: Floats) -> Floats:
        return grid[self.pairs.product, self.pairs.asked]
