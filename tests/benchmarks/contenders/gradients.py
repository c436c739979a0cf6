"""torch.autograd.gradcheck of the final formula as the backward pass of a function, at one n, in float64."""

from __future__ import annotations

from typing import Any

import torch
from torch.autograd import Function, gradcheck

from tests.benchmarks.contenders.written_out import SIGNS
from tests.benchmarks.timing import Prepare, Work

torch.set_num_threads(1)
GAMMA, EPS = 1.3, 0.7


def normalisation(sign: int) -> type[Function]:
    class BatchNorm(Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            centred = x - x.mean()
            s = torch.sqrt((centred**2).mean() + EPS)
            ctx.save_for_backward(centred / s, s)
            return GAMMA * centred / s

        @staticmethod
        def backward(ctx: Any, *gradients: Any) -> Any:
            (g,) = gradients
            hat, s = ctx.saved_tensors
            n = len(g)
            return GAMMA / (n * s) * (n * g - g.sum() + sign * hat * (g * hat).sum())

    return BatchNorm


def check(which: str, size: str, mode: str = "slow") -> Prepare:
    layer = normalisation(SIGNS[which])

    def prepare(run: int) -> Work:
        x = torch.randn(int(size), dtype=torch.double, generator=torch.Generator().manual_seed(run))
        x.requires_grad_()

        def work() -> str:
            same = gradcheck(layer.apply, (x,), fast_mode=mode == "fast", raise_exception=False)
            return "equal" if same else "not equal"

        return work

    return prepare
