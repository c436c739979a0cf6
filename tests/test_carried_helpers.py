"""A wrong claim is followed into a chain that does not know the helper it was made with."""

from __future__ import annotations

from tests.conftest import standings

LAYER = r"""
$$\mu = \frac{1}{N}\sum_i x_i$$

$$v = \frac{1}{N}\sum_i (x_i-\mu)^2$$

$$\sigma = \sqrt{v+\epsilon}$$

$$\hat{x}_i = \frac{x_i-\mu}{\sigma}$$

$$y_i = \gamma\hat{x}_i+\beta$$

"""
THROUGH_SIGMA = r"""$$\frac{\partial L}{\partial v} = \frac{\partial L}{\partial \sigma}\cdot\frac{1}{2\sigma} = SIGN\frac{1}{2\sigma^2}\sum_i \frac{\partial L}{\partial \hat{x}_i}\hat{x}_i$$

$$\frac{\partial L}{\partial x_i} = \frac{1}{\sigma}\frac{\partial L}{\partial \hat{x}_i} + \frac{1}{N}\frac{\partial L}{\partial \mu} + \frac{2(x_i-\mu)}{N}\frac{\partial L}{\partial v} = \frac{1}{\sigma}\frac{\partial L}{\partial \hat{x}_i} + \frac{1}{N}\frac{\partial L}{\partial \mu} OTHER \frac{2(x_i-\mu)}{N}\cdot\frac{1}{2\sigma^2}\sum_j \frac{\partial L}{\partial \hat{x}_j}\hat{x}_j$$
"""


def last_four(sign: str, other: str) -> list[str | None]:
    return standings(LAYER + THROUGH_SIGMA.replace("SIGN", sign).replace("OTHER", other))[-4:]


def test_a_claim_made_through_a_helper_is_followed_by_a_chain_without_it() -> None:
    assert last_four("", "+") == ["holds", "introduced", "holds", "carried"]


def test_what_does_not_follow_from_the_claim_is_a_new_error() -> None:
    assert last_four("-", "+") == ["holds", "holds", "holds", "introduced"]
    assert last_four("-", "-") == ["holds", "holds", "holds", "holds"]
