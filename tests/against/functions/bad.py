"""Functions that cannot be judged, each for another reason."""

import os
import shutil
import sys
import tempfile

import numpy as np


def raises(dout, x, gamma, eps):
    raise ValueError("the \x1b[31mcache\x1b[0m is empty")


def returns_nan(dout, x, gamma, eps):
    return np.full_like(x, np.nan)


def wrong_shape(dout, x, gamma, eps):
    return dout.sum(axis=0)


def returns_nothing(dout, x, gamma, eps):
    dout * gamma


def returns_words(dout, x, gamma, eps):
    return "dx"


def returns_four(dout, x, gamma, eps):
    return dout, x, gamma, eps


def returns_other_keys(dout, x, gamma, eps):
    return {"a": x}


def never_returns(dout, x, gamma, eps):
    while True:
        pass


def exits(dout, x, gamma, eps):
    sys.exit(0)


def exits_at_once(dout, x, gamma, eps):
    os._exit(0)


def prints_junk(dout, x, gamma, eps):
    print('{"calls": []}\x1b[2J' * 10_000)
    print("::error::junk", file=sys.stderr)
    n = x.shape[0]
    s = np.sqrt(x.var(0) + eps)
    h = (x - x.mean(0)) / s
    return gamma / (n * s) * (n * dout - dout.sum(0) - h * (dout * h).sum(0))


def deletes_what_we_wrote(dout, x, gamma, eps):
    for one in os.listdir(tempfile.gettempdir()):
        if one.startswith("bnverify-against-test"):
            shutil.rmtree(os.path.join(tempfile.gettempdir(), one))
    os._exit(3)


def leaves_a_child(dout, x, gamma, eps):
    if os.fork() == 0:
        while True:
            pass
    while True:
        pass


def unknown_parameter(dout, x, gamma, secret):
    return dout


def swallows(*args, **kwargs):
    return args[0]


async def asynchronous(dout, x, gamma):
    return dout


class Plain:
    def __init__(self, x):
        self.x = x


def batchnorm_backward(dout, cache):
    return dout


def batchnorm_forward(x, gamma, beta, eps):
    return gamma * x + beta


def empties_its_inputs(dout, x, gamma, eps):
    x.resize((0,), refcheck=False)
    return dout
