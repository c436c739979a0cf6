"""Backward passes as people write them, each with the slip that its comment tells."""

import numpy as np


def gamma_lost(dout, x, gamma, eps=1e-5):
    """The direct gradient of xhat without gamma."""
    n, _ = x.shape
    mu = x.mean(axis=0)
    var = x.var(axis=0)
    std = np.sqrt(var + eps)
    xhat = (x - mu) / std
    dxhat = dout
    return (n * dxhat - dxhat.sum(axis=0) - xhat * (dxhat * xhat).sum(axis=0)) / (n * std)


def weight_twice(grad_output, input, weight, bias, eps):
    """dxhat = g * weight, and weight in front once more."""
    n = len(input)
    mean, var = input.mean(0), input.var(0)
    rstd = 1 / np.sqrt(var + eps)
    xhat = (input - mean) * rstd
    dxhat = grad_output * weight
    dx = weight * rstd / n * (n * dxhat - np.sum(dxhat, 0) - xhat * np.sum(dxhat * xhat, 0))
    return dx, np.sum(grad_output * xhat, 0), np.sum(grad_output, 0)


def third_term_with_n_less_one(dy, x, gamma, eps):
    """The biased variance in the forward pass, the unbiased one in its derivative."""
    N = x.shape[0]
    mu = x.sum(0) / N
    xmu = x - mu
    v = (xmu**2).sum(0) / N
    ivar = 1.0 / np.sqrt(v + eps)
    dxhat = dy * gamma
    dvar = (dxhat * xmu).sum(0) * -0.5 * ivar**3
    dmu = (dxhat * -ivar).sum(0)
    return dxhat * ivar + dvar * 2 * xmu / (N - 1) + dmu / N


def eps_outside_in_third_term(dy, x, gamma, eps):
    """One root has epsilon inside, the other outside."""
    n = x.shape[0]
    xmu = x - x.mean(0)
    v = x.var(0)
    s = np.sqrt(v + eps)
    g = gamma * dy
    third = xmu / (np.sqrt(v) + eps) * (g * xmu / s).sum(0)
    return (g - g.mean(0) - third / n) / s


def missing_path_mean(dout, x, gamma, beta, eps):
    """The mean is taken for a constant."""
    n = x.shape[0]
    mu, var = x.mean(0), x.var(0)
    xhat = (x - mu) / np.sqrt(var + eps)
    dx = gamma / np.sqrt(var + eps) * (dout - xhat * (dout * xhat).sum(0) / n)
    return dx, (dout * xhat).sum(0), dout.sum(0)


def missing_path_variance(dout, x, gamma, beta, eps):
    """The variance is taken for a constant."""
    mu, var = x.mean(0), x.var(0)
    xhat = (x - mu) / np.sqrt(var + eps)
    dx = gamma / np.sqrt(var + eps) * (dout - dout.mean(0))
    return dx, (dout * xhat).sum(0), dout.sum(0)


def both_paths_missing(dout, x, gamma, eps):
    """Mean and variance are taken for constants."""
    return dout * gamma / np.sqrt(x.var(axis=0) + eps)


def batchnorm_per_sample(dout, x, gamma, eps):
    """Batch norm whose statistics run over the features."""
    d = x.shape[1]
    mu = x.mean(axis=1, keepdims=True)
    s = np.sqrt(x.var(axis=1, keepdims=True) + eps)
    xhat = (x - mu) / s
    dxhat = dout * gamma
    return (d * dxhat - dxhat.sum(1, keepdims=True) - xhat * (dxhat * xhat).sum(1, keepdims=True)) / (d * s)


def batchnorm_without_axis(dout, x, gamma, eps):
    """np.mean and np.sum without an axis."""
    m = x.size
    mu = np.mean(x)
    s = np.sqrt(np.mean((x - mu) ** 2) + eps)
    xhat = (x - mu) / s
    dxhat = dout * gamma
    return (m * dxhat - np.sum(dxhat) - xhat * np.sum(dxhat * xhat)) / (m * s)


def sign_of_third_term(dout, x, gamma, eps):
    n = x.shape[0]
    s = np.sqrt(x.var(0) + eps)
    xhat = (x - x.mean(0)) / s
    return gamma / (n * s) * (n * dout - dout.sum(0) + xhat * (dout * xhat).sum(0))


def sign_throughout(dout, x, gamma, eps):
    n = x.shape[0]
    s = np.sqrt(x.var(0) + eps)
    xhat = (x - x.mean(0)) / s
    return -gamma / (n * s) * (n * dout - dout.sum(0) - xhat * (dout * xhat).sum(0))


def sum_for_mean(dout, x, gamma, eps):
    """The path through the mean lacks its 1/n."""
    n = x.shape[0]
    s = np.sqrt(x.var(0) + eps)
    xhat = (x - x.mean(0)) / s
    dxhat = dout * gamma
    return (dxhat - dxhat.sum(0) - xhat * (dxhat * xhat).sum(0) / n) / s


def two_of_the_square_lost(dout, x, gamma, eps):
    n = x.shape[0]
    mu = x.mean(0)
    s = np.sqrt(x.var(0) + eps)
    dxhat = dout * gamma
    dvar = np.sum(dxhat * (x - mu), axis=0) * -0.5 * s**-3
    dmu = np.sum(-dxhat / s, axis=0)
    return dxhat / s + dvar * (x - mu) / n + dmu / n


def x_for_xhat(dout, x, gamma, eps):
    n = x.shape[0]
    s = np.sqrt(x.var(0) + eps)
    xhat = (x - x.mean(0)) / s
    return gamma / (n * s) * (n * dout - dout.sum(0) - x * (dout * xhat).sum(0))


def root_missing(dout, x, gamma, eps):
    """Divides by v + eps in place of its root."""
    n = x.shape[0]
    v = x.var(0)
    xhat = (x - x.mean(0)) / np.sqrt(v + eps)
    return gamma / (n * (v + eps)) * (n * dout - dout.sum(0) - xhat * (dout * xhat).sum(0))


def eps_lost_in_front(dout, x, gamma, eps):
    n = x.shape[0]
    v = x.var(0)
    xhat = (x - x.mean(0)) / np.sqrt(v + eps)
    return gamma / (n * np.sqrt(v)) * (n * dout - dout.sum(0) - xhat * (dout * xhat).sum(0))


def eps_never_used(dout, x, gamma, eps):
    n = x.shape[0]
    s = x.std(0)
    xhat = (x - x.mean(0)) / s
    return gamma / (n * s) * (n * dout - dout.sum(0) - xhat * (dout * xhat).sum(0))


def layernorm_gamma_outside(dout, x, gamma, eps):
    """Layer norm by the formula of batch norm: gamma before the sums."""
    d = x.shape[-1]
    s = np.sqrt(x.var(-1, keepdims=True) + eps)
    xhat = (x - x.mean(-1, keepdims=True)) / s
    dx = gamma / (d * s) * (d * dout - dout.sum(-1, keepdims=True) - xhat * (dout * xhat).sum(-1, keepdims=True))
    return dx, (dout * xhat).sum(0), dout.sum(0)


def layernorm_gamma_lost(dout, x, gamma, eps):
    d = x.shape[-1]
    s = np.sqrt(x.var(-1, keepdims=True) + eps)
    xhat = (x - x.mean(-1, keepdims=True)) / s
    return (d * dout - dout.sum(-1, keepdims=True) - xhat * (dout * xhat).sum(-1, keepdims=True)) / (d * s)


def layernorm_mean_over_the_batch(dout, x, gamma, eps):
    """One axis of four is that of batch norm."""
    s = np.sqrt(x.var(-1, keepdims=True) + eps)
    xhat = (x - x.mean(-1, keepdims=True)) / s
    g = dout * gamma
    return (g - g.mean(axis=0) - xhat * (g * xhat).mean(-1, keepdims=True)) / s


def groupnorm_without_gamma(dout, x, gamma, G, eps):
    N, C, H, W = x.shape
    grouped, g = x.reshape(N, G, -1), dout.reshape(N, G, -1)
    s = np.sqrt(grouped.var(2, keepdims=True) + eps)
    h = (grouped - grouped.mean(2, keepdims=True)) / s
    return ((g - g.mean(2, keepdims=True) - h * (g * h).mean(2, keepdims=True)) / s).reshape(N, C, H, W)


def dgamma_is_a_mean(dout, x, gamma, beta, eps):
    n = x.shape[0]
    s = np.sqrt(x.var(0) + eps)
    xhat = (x - x.mean(0)) / s
    dx = gamma / (n * s) * (n * dout - dout.sum(0) - xhat * (dout * xhat).sum(0))
    return dx, np.mean(dout * xhat, axis=0), np.sum(dout, axis=0)


def dgamma_without_hat(dout, x, gamma, beta, eps):
    n = x.shape[0]
    s = np.sqrt(x.var(0) + eps)
    xhat = (x - x.mean(0)) / s
    dx = gamma / (n * s) * (n * dout - dout.sum(0) - xhat * (dout * xhat).sum(0))
    return {"dx": dx, "dgamma": np.sum(dout * x, axis=0), "dbeta": np.sum(dout, axis=0)}


def rmsnorm_sum_for_mean(dout, x, gamma, eps):
    """A sum where the mean belongs."""
    r = np.sqrt((x**2).mean(-1, keepdims=True) + eps)
    xhat = x / r
    g = dout * gamma
    return (g - xhat * (g * xhat).sum(-1, keepdims=True)) / r


def gamma_lost_and_n_less_one(dout, x, gamma, eps):
    """Two slips at once."""
    n = x.shape[0]
    s = np.sqrt(x.var(0) + eps)
    xhat = (x - x.mean(0)) / s
    return (n * dout - dout.sum(0) - n / (n - 1) * xhat * (dout * xhat).sum(0)) / (n * s)


def changed_places(dout, x, gamma, beta, eps):
    n = x.shape[0]
    s = np.sqrt(x.var(0) + eps)
    xhat = (x - x.mean(0)) / s
    dx = gamma / (n * s) * (n * dout - dout.sum(0) - xhat * (dout * xhat).sum(0))
    return dx, dout.sum(0), (dout * xhat).sum(0)


def nothing_like_it(dout, x, gamma, eps):
    return np.tanh(dout) * gamma + np.cos(x)


def clipped(dout, x, gamma, eps):
    """A guard against overflow that cuts large means off."""
    x = np.clip(x, -1000, 1000)
    n = x.shape[0]
    s = np.sqrt(x.var(0) + eps)
    xhat = (x - x.mean(0)) / s
    return gamma / (n * s) * (n * dout - dout.sum(0) - xhat * (dout * xhat).sum(0))


def writes_to_dout(dout, x, gamma, eps):
    n = x.shape[0]
    s = np.sqrt(x.var(0) + eps)
    xhat = (x - x.mean(0)) / s
    dout *= gamma
    return (n * dout - dout.sum(0) - xhat * (dout * xhat).sum(0)) / (n * s)
