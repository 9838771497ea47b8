"""What a request is shown, and what of it the firm applies for."""

from dataclasses import dataclass

import numpy as np

from matching.amounts import PPM
from matching.province.scene import Scene
from matching.province.timeline import Floats, Ints, within

WRITTEN, RANDOM = 0, 1
ORDERS = ("written", "random")
_LATEST_DAYS = 3


@dataclass(frozen=True, slots=True)
class Shown:
    """Pairs that were shown, by request and position; `pair` is the place in the scene's pairs."""

    pair: Ints
    position: Ints
    order: Ints
    chance_ppm: Ints


@dataclass(frozen=True, slots=True)
class Applied:
    """Pairs that were applied for, and the day; days count from 1970-01-01."""

    pair: Ints
    day: Ints


def show(scene: Scene) -> Shown:
    """Show at most ten products to each request, most in the province's written order, the others in a random one."""
    pairs, settings, size = scene.pairs, scene.latent.settings, scene.asked.size
    order = np.where(scene.rng("list order").random(size) < settings.written_share, WRITTEN, RANDOM)
    written = scene.latent.written[pairs.product]
    key = np.where(order[pairs.asked] == WRITTEN, written, scene.uniforms("shuffle"))
    place = _rank_within(pairs.asked, key)
    pair = np.lexsort((place, pairs.asked))
    pair = pair[place[pair] < settings.shown_most]
    fitting = np.bincount(pairs.asked, minlength=size)[pairs.asked[pair]]
    by_chance = np.minimum(PPM, PPM * settings.shown_most // fitting)
    of_pair = order[pairs.asked[pair]]
    return Shown(pair, place[pair] + 1, of_pair, np.where(of_pair == WRITTEN, PPM, by_chance))


def apply(scene: Scene, shown: Shown) -> Applied:
    """Let each firm apply for one to three of the products it looks at and likes best.

    What stands lower in the list is looked at less often, whatever it is.
    """
    pairs, settings = scene.pairs, scene.latent.settings
    take, request = pairs.take[shown.pair], pairs.asked[shown.pair]
    liked = np.log(take / (1 - take)) + settings.first_sight * scene.normals("sight")[shown.pair]
    attention = 1.0 / (1.0 + settings.attention_fall * (shown.position - 1))
    noticed = (scene.uniforms("look")[shown.pair] < attention) & (liked > settings.appeal_floor)
    drawn = scene.rng("how many").random(scene.asked.size)
    wanted = 1 + np.searchsorted(np.cumsum(settings.application_shares)[:-1], drawn, side="right")
    rank = _rank_within(request, np.where(noticed, -liked, np.inf))
    pair = shown.pair[noticed & (rank < wanted[request])]
    waits = (scene.uniforms("apply day")[pair] * _LATEST_DAYS).astype(np.int64)
    return Applied(pair, scene.asked.day[pairs.asked[pair]] + waits)


def _rank_within(group: Ints, key: Floats) -> Ints:
    """Return each entry's rank by key within its group, from 0."""
    order = np.lexsort((key, group))
    sizes = np.bincount(group)
    rank = np.empty_like(order)
    rank[order] = within(sizes[sizes > 0])
    return rank
