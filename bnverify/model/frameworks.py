"""Frameworks as data: by which convention their batch-norm layers normalise a batch in training.

Running statistics take no part in the backward pass of a batch, but they are where frameworks differ,
and what is read about them is easily taken for the variance that normalises. So they are told as well.
tests/test_frameworks.py measures every entry with the layers themselves, where they are installed.
"""

from __future__ import annotations

from collections.abc import Mapping

from bnverify.frozen import frozen
from bnverify.model.conventions import OF_FORWARD, Convention, Epsilon, Residual, Variance


@frozen
class Framework:
    """What a note that claims to be about a framework has to agree with."""

    name: str
    """As it is named on the command line."""
    title: str
    """With the layers and functions that the entry speaks of."""
    convention: Convention
    running: str
    """What its running variance is, next to the variance that normalises: a sentence without a full stop."""
    source: str
    """The address of the documentation page."""

    @property
    def chosen(self) -> Mapping[str, str]:
        """The parts of the convention that the layer settles; what a note means by dL/dx-hat is the note's."""
        return {part: self.convention.choices[part].value for part in OF_FORWARD}

    def with_choices(self, chosen: Mapping[str, str]) -> Mapping[str, str]:
        """Its own choices and others. Raises ValueError where one of them is not its own."""
        for part, name in chosen.items():
            if self.chosen.get(part, name) != name:
                has = self.convention.choices[part].words
                raise ValueError(f"{self.name} has {has}, and not {name!r}: leave one of the two away")
        return {**self.chosen, **chosen}


IN_TRAINING = Convention(variance=Variance.BIASED, epsilon=Epsilon.INSIDE, residual=Residual.X_MINUS_MU)
"""What the paper defines (Ioffe and Szegedy 2015, algorithm 1), and what all of these do."""


PYTORCH = Framework(
    name="pytorch",
    title="PyTorch (torch.nn.BatchNorm1d, BatchNorm2d, BatchNorm3d)",
    convention=IN_TRAINING,
    running="its running variance is the unbiased one, divided by n - 1, "
    "while the batch itself is normalised with the biased one, divided by n",
    source="https://docs.pytorch.org/docs/stable/generated/torch.nn.BatchNorm1d.html",
)
"""The page says so in words: torch.var with correction 0 in the forward pass of training, with correction 1
for what is stored. Its formula has eps under the root; eps is 1e-5 by default. Training on one value per
channel raises an error. Measured with torch 2.13.0 on a CPU."""

TENSORFLOW = Framework(
    name="tensorflow",
    title="TensorFlow (tf.nn.moments with tf.nn.batch_normalization, tf.compat.v1.nn.fused_batch_norm)",
    convention=IN_TRAINING,
    running="tf.nn.moments gives the biased variance to normalise with and to keep, "
    "while fused_batch_norm normalises with the biased one and hands out the unbiased one to keep",
    source="https://www.tensorflow.org/api_docs/python/tf/nn/batch_normalization",
)
"""The page leaves the variance to the caller, points to tf.nn.moments for it, and does not say where
variance_epsilon goes; the code takes the reciprocal root of their sum, and a comment in tf.nn.moments says
that its variance is not the unbiased one. The page of fused_batch_norm adds epsilon to the variance
(1e-3 by default) and is silent about the factor n / (n - 1) of the variance that it hands out, for which
the kernel has a comment (tensorflow/core/kernels/fused_batch_norm_op.cc). Measured with TensorFlow 2.21.0
on a CPU; issue 55545 of tensorflow/tensorflow reports the factor for 2.8 on a GPU, where cuDNN does the work.
tf.keras is the next entry as of TensorFlow 2.16, which brought Keras 3."""

KERAS = Framework(
    name="keras",
    title="Keras 3 (keras.layers.BatchNormalization)",
    convention=IN_TRAINING,
    running="its moving variance is the biased one, with which it also normalises the batch, "
    "while Keras 2 kept the unbiased one wherever it used the fused kernel of TensorFlow",
    source="https://keras.io/api/layers/normalization_layers/batch_normalization/",
)
"""The page adds epsilon (1e-3 by default) to the variance under the root and moves the moving variance towards
the variance of the batch, without a factor; it does not say which variance that is. Measured with Keras 3.15.1
on the backends TensorFlow 2.21.0, PyTorch 2.13.0 and JAX 0.10.2, with inputs of two to five dimensions, and with
Keras 3.6.0 on JAX 0.4.30 with two: biased throughout. Keras 2 measured as tf_keras 2.21.0: inputs of two
dimensions keep the biased variance, images take the fused kernel, and with it the unbiased one."""

JAX = Framework(
    name="jax",
    title="JAX (flax.linen.BatchNorm, flax.nnx.BatchNorm, jax.nn.standardize)",
    convention=IN_TRAINING,
    running="its own functions keep none, and the running variance of Flax is the biased one, "
    "with which it also normalises the batch",
    source="https://flax.readthedocs.io/en/latest/api_reference/flax.nnx/nn/normalization.html",
)
"""JAX has no such layer. jax.nn.standardize has the mean of the squares and epsilon (1e-5 by default) under the
root in its formula, https://docs.jax.dev/en/latest/_autosummary/jax.nn.standardize.html. The page of Flax says
that epsilon (1e-5 by default) is added to the variance, not which variance it is; its code takes means, never
n - 1, and stores what it normalises with. Measured with jax 0.10.2 and flax 0.12.8, and with jax 0.4.30 and
flax 0.10.0."""


FRAMEWORKS: Mapping[str, Framework] = {one.name: one for one in (PYTORCH, TENSORFLOW, KERAS, JAX)}
