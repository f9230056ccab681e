"""JAX on the CPU: the whole step, update included, is one compiled function that takes over its buffers."""
import os

import jax
import jax.numpy as jnp

from peers import jax_models


class Peer:
    parts = 1

    def __init__(self, workload, case):
        self.workload, self.pids = workload, [os.getpid()]
        self.versions = {"jax": jax.__version__}
        running = {name: jnp.asarray(value) for name, value in case.weights.items() if ".running_" in name}
        weights = {name: jnp.asarray(value) for name, value in case.weights.items() if name not in running}
        zeros = jax.tree.map(jnp.zeros_like, weights)
        kept = (zeros,) if workload.optimizer["name"] == "sgd" else (zeros, jax.tree.map(jnp.zeros_like, weights))
        self.state = (weights, kept, running, jnp.zeros((), jnp.int32))
        self.batches = [(jnp.asarray(x), jnp.asarray(y.reshape(-1))) for x, y in case.batches]
        self.step = jax.jit(step(workload), donate_argnums=0)

    def run(self, first, count):
        for index in range(first, first + count):
            self.state, loss = self.step(self.state, *self.batches[index % len(self.batches)])
        jax.block_until_ready(self.state)
        return float(loss)


def step(workload):
    network, update = jax_models.make(workload), sgd if workload.optimizer["name"] == "sgd" else adam

    def loss(weights, x, y):
        logits, statistics = network(weights, x)
        return -jnp.take_along_axis(jax.nn.log_softmax(logits), y[:, None], 1).mean(), statistics

    def train(state, x, y):
        weights, kept, running, steps = state
        (value, statistics), gradients = jax.value_and_grad(loss, has_aux=True)(weights, x, y)
        running = {name: 0.9 * running[name] + 0.1 * statistics[name] for name in running}
        weights, kept = update(workload, weights, gradients, kept, steps + 1)
        return (weights, kept, running, steps + 1), value

    return train


def sgd(workload, weights, gradients, kept, steps):
    velocity = jax.tree.map(lambda v, g: workload.momentum * v + g, kept[0], gradients)
    return jax.tree.map(lambda w, v: w - workload.rate * v, weights, velocity), (velocity,)


def adam(workload, weights, gradients, kept, steps):
    """Adam, and AdamW where weights decay."""
    (first, second), t = workload.betas, steps.astype(jnp.float32)
    mean = jax.tree.map(lambda m, g: first * m + (1 - first) * g, kept[0], gradients)
    square = jax.tree.map(lambda s, g: second * s + (1 - second) * g * g, kept[1], gradients)

    def updated(w, m, s):
        decay = workload.decay if w.ndim > 1 else 0.0
        step = m / (1 - first**t) / (jnp.sqrt(s / (1 - second**t)) + 1e-8)
        return w - workload.rate * (step + decay * w)

    return jax.tree.map(updated, weights, mean, square), (mean, square)
