"""Backward passes that are right, each in another style."""

import numpy as np

EPSILON = 1e-3


def staged_batchnorm(dout, x, gamma, beta, eps=1e-5):
    """Node by node."""
    N, D = x.shape
    mu = 1.0 / N * np.sum(x, axis=0)
    xmu = x - mu
    var = 1.0 / N * np.sum(xmu**2, axis=0)
    sqrtvar = np.sqrt(var + eps)
    ivar = 1.0 / sqrtvar
    xhat = xmu * ivar
    dbeta = np.sum(dout, axis=0)
    dgamma = np.sum(dout * xhat, axis=0)
    dxhat = dout * gamma
    divar = np.sum(dxhat * xmu, axis=0)
    dxmu1 = dxhat * ivar
    dsqrtvar = -1.0 / (sqrtvar**2) * divar
    dvar = 0.5 * 1.0 / np.sqrt(var + eps) * dsqrtvar
    dsq = 1.0 / N * np.ones((N, D)) * dvar
    dxmu2 = 2 * xmu * dsq
    dx1 = dxmu1 + dxmu2
    dmu = -1 * np.sum(dx1, axis=0)
    dx = dx1 + 1.0 / N * np.ones((N, D)) * dmu
    return dx, dgamma, dbeta


def one_line(g, X, w, eps):
    return (lambda s, h: w / s * (g - g.mean(0) - h * (g * h).mean(0)))(np.sqrt(X.var(0) + eps), (X - X.mean(0)) / np.sqrt(X.var(0) + eps))  # fmt: skip


def batchnorm_forward(x, gamma, beta, bn_param):
    mode = bn_param["mode"]
    eps = bn_param.get("eps", 1e-5)
    momentum = bn_param.get("momentum", 0.9)
    D = x.shape[1]
    running_mean = bn_param.get("running_mean", np.zeros(D, dtype=x.dtype))
    assert mode == "train"
    mean, var = x.mean(axis=0), x.var(axis=0)
    bn_param["running_mean"] = momentum * running_mean + (1 - momentum) * mean
    xhat = (x - mean) / np.sqrt(var + eps)
    return gamma * xhat + beta, (xhat, gamma, var + eps)


def batchnorm_backward_alt(dout, cache):
    xhat, gamma, v = cache
    N = len(xhat)
    dbeta = dout.sum(0)
    dgamma = (dout * xhat).sum(0)
    dx = gamma / np.sqrt(v) / N * (N * dout - xhat * dgamma - dbeta)
    return dx, dgamma, dbeta


def einsum_batchnorm(delta, xhat, gamma, rstd):
    n = xhat.shape[0]
    total = np.einsum("nd->d", delta)
    projected = np.einsum("nd,nd->d", delta, xhat)
    return np.einsum("d,d,nd->nd", gamma, rstd, delta - total / n - np.einsum("nd,d->nd", xhat, projected) / n)


def unbiased_batchnorm(dy, x, gamma, eps):
    n = x.shape[0]
    s = np.sqrt(x.var(0, ddof=1) + eps)
    h = (x - x.mean(0)) / s
    return gamma / s * (dy - dy.mean(0) - h * (dy * h).sum(0) / (n - 1))


def outside_batchnorm(dy, x, gamma, eps):
    """x-hat = (x - mu) / (sqrt(v) + eps)."""
    n = x.shape[0]
    xmu = x - x.mean(0)
    sd = x.std(0)
    g = dy * gamma
    dsd = -(g * xmu).sum(0) / (sd + eps) ** 2
    dxmu = g / (sd + eps) + dsd * xmu / (n * sd)
    return dxmu - dxmu.mean(0)


def layernorm_backward(dout, x, gamma, mean, rstd):
    """As the kernels have it: the statistics come from the forward pass."""
    norm = (x - mean) * rstd
    dnorm = dout * gamma
    dx = dnorm - dnorm.mean(-1, keepdims=True) - norm * (dnorm * norm).mean(-1, keepdims=True)
    dx *= rstd
    return dx, (dout * norm).sum(0), dout.sum(0)


def std_layernorm(dout, x, gamma, eps):
    """The unbiased deviation, and epsilon outside of it, as in the annotated transformer."""
    d = x.shape[-1]
    xmu = x - x.mean(-1, keepdims=True)
    sd = np.sqrt((xmu**2).sum(-1, keepdims=True) / (d - 1))
    g = dout * gamma
    dsd = -(g * xmu).sum(-1, keepdims=True) / (sd + eps) ** 2
    dxmu = g / (sd + eps) + dsd * xmu / ((d - 1) * sd)
    return dxmu - dxmu.mean(-1, keepdims=True)


def rmsnorm(dy, x, weight, eps):
    d = x.shape[-1]
    dx = np.empty_like(x)
    dw = np.zeros_like(weight)
    for i in range(len(x)):
        r = np.sqrt(x[i] @ x[i] / d + eps)
        g = dy[i] * weight
        dx[i] = g / r - x[i] * (g @ x[i]) / (d * r**3)
        dw += dy[i] * x[i] / r
    return {"dx": dx, "dw": dw}


def instancenorm_bwd(dout, x, gamma, eps):
    axes = (2, 3)
    s = np.sqrt(x.var(axis=axes, keepdims=True) + eps)
    h = (x - x.mean(axis=axes, keepdims=True)) / s
    g = dout * gamma[None, :, None, None]
    dx = (g - g.mean(axes, keepdims=True) - h * (g * h).mean(axes, keepdims=True)) / s
    return dx, (dout * h).sum((0, 2, 3)), dout.sum((0, 2, 3))


def spatial_groupnorm_forward(x, gamma, beta, G, gn_param):
    eps = gn_param.get("eps", 1e-5)
    N, C, H, W = x.shape
    grouped = x.reshape(N * G, -1)
    std = np.sqrt(grouped.var(1, keepdims=True) + eps)
    xhat = ((grouped - grouped.mean(1, keepdims=True)) / std).reshape(N, C, H, W)
    return gamma * xhat + beta, (G, xhat, std, gamma)


def spatial_groupnorm_backward(dout, cache):
    G, xhat, std, gamma = cache
    N, C, H, W = dout.shape
    dbeta = dout.sum(axis=(0, 2, 3), keepdims=True)
    dgamma = (dout * xhat).sum(axis=(0, 2, 3), keepdims=True)
    d, h = (dout * gamma).reshape(N * G, -1), xhat.reshape(N * G, -1)
    m = d.shape[1]
    dx = (m * d - d.sum(1, keepdims=True) - h * (d * h).sum(1, keepdims=True)) / (m * std)
    return dx.reshape(N, C, H, W), dgamma, dbeta


def spatial_batchnorm(dout, x, gamma, eps):
    N, C, H, W = x.shape
    flat, g = x.transpose(0, 2, 3, 1).reshape(-1, C), dout.transpose(0, 2, 3, 1).reshape(-1, C)
    s = np.sqrt(flat.var(0) + eps)
    h = (flat - flat.mean(0)) / s
    dx = gamma / s * (g - g.mean(0) - h * (g * h).mean(0))
    return dx.reshape(N, H, W, C).transpose(0, 3, 1, 2)


def epsilon_in_the_file(dout, x, gamma):
    n = x.shape[0]
    s = np.sqrt(x.var(0) + EPSILON)
    h = (x - x.mean(0)) / s
    return gamma / (n * s) * (n * dout - dout.sum(0) - h * (dout * h).sum(0))


def one_feature(dy, x, gamma, eps):
    """x is a list of numbers."""
    n = len(x)
    mu = sum(x) / n
    s = (sum((one - mu) ** 2 for one in x) / n + eps) ** 0.5
    h = [(one - mu) / s for one in x]
    a, b = sum(dy), sum(p * q for p, q in zip(dy, h))
    return [gamma / (n * s) * (n * p - a - q * b) for p, q in zip(dy, h)]


def inference_bn(dy, gamma, running_var, eps):
    return dy * gamma / np.sqrt(running_var + eps)


def single_precision(dout, x, gamma, eps):
    x, dout, gamma = (one.astype(np.float32) for one in (x, dout, gamma))
    s = np.sqrt(x.var(0) + np.float32(eps))
    h = (x - x.mean(0)) / s
    return gamma / s * (dout - dout.mean(0) - h * (dout * h).mean(0))


def mean_of_squares(dout, x, gamma, eps):
    """The variance as the mean of the squares minus the square of the mean: fewer digits, but right."""
    n = x.shape[0]
    mu = x.mean(0)
    s = np.sqrt((x * x).mean(0) - mu * mu + eps)
    h = (x - mu) / s
    return gamma / (n * s) * (n * dout - dout.sum(0) - h * (dout * h).sum(0))
