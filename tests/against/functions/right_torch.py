"""Backward passes in torch."""

import torch


def torch_batchnorm(grad_output, input, weight, eps=1e-5):
    n = input.shape[0]
    var, mean = torch.var_mean(input, dim=0, unbiased=False)
    rstd = torch.rsqrt(var + eps)
    xhat = (input - mean) * rstd
    dxhat = grad_output * weight
    dx = rstd / n * (n * dxhat - dxhat.sum(0) - xhat * (dxhat * xhat).sum(0))
    return dx, (grad_output * xhat).sum(0), grad_output.sum(0)


class LayerNorm(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, weight, bias, eps):
        mean = x.mean(-1, keepdim=True)
        rstd = torch.rsqrt(x.var(-1, keepdim=True, unbiased=False) + eps)
        ctx.save_for_backward((x - mean) * rstd, rstd, weight)
        return (x - mean) * rstd * weight + bias

    @staticmethod
    def backward(ctx, grad_output):
        xhat, rstd, weight = ctx.saved_tensors
        g = grad_output * weight
        dx = rstd * (g - g.mean(-1, keepdim=True) - xhat * (g * xhat).mean(-1, keepdim=True))
        return dx, (grad_output * xhat).sum(0), grad_output.sum(0), None


class BatchNormWithoutGamma(torch.autograd.Function):
    """Wrong: the gradient of xhat lacks the weight."""

    @staticmethod
    def forward(ctx, x, gamma, beta, eps):
        xhat = (x - x.mean(0)) / torch.sqrt(x.var(0, unbiased=False) + eps)
        ctx.save_for_backward(xhat, torch.sqrt(x.var(0, unbiased=False) + eps))
        return xhat * gamma + beta

    @staticmethod
    def backward(ctx, dy):
        xhat, s = ctx.saved_tensors
        dx = (dy - dy.mean(0) - xhat * (dy * xhat).mean(0)) / s
        return dx, (dy * xhat).sum(0), dy.sum(0), None
