"""numpy: products, the skip-thought encoders, the beam search and retrieval, as one would write them."""

import numpy as np
from common import seeded, serve


def product(job):
    x = seeded({'shape': [job['m'], job['k']], 'seed': job['seeds'][0], 'scale': job['scale']})
    weight = seeded({'shape': [job['n'], job['k']], 'seed': job['seeds'][1], 'scale': job['scale']})
    return lambda: x @ weight.T


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def gru_step(state, projected, recurrent):
    units = state.shape[1]
    product = state @ recurrent.T
    gates = sigmoid(projected[:, : 2 * units] + product[:, : 2 * units])
    reset, update = gates[:, :units], gates[:, units:]
    candidate = np.tanh(projected[:, 2 * units :] + reset * product[:, 2 * units :])
    return update * state + (1 - update) * candidate


def encode(job):
    """Words come packed step by step, the longest sentence first, so that a step is a prefix of rows."""
    lengths = job['lengths']
    table = seeded(job['words'])
    rows = [sum(1 for length in lengths if length > step) for step in range(lengths[0])]
    encoders = []
    for spec in job['encoders']:
        order = job['order']['backward' if spec['backwards'] else 'forward']
        parts = [np.ascontiguousarray(seeded(spec[name])) for name in 'WbU']
        encoders.append((spec['units'], table[order], *parts))

    def run():
        states = []
        for units, words, W, b, U in encoders:
            projected = words @ W.T + b
            state = np.zeros((len(lengths), units), np.float32)
            at = 0
            for count in rows:
                state[:count] = gru_step(state[:count], projected[at : at + count], U)
                at += count
            states.append(state)
        both = np.hstack(states[1:])
        unit = lambda part: part / np.linalg.norm(part, axis=1, keepdims=True)
        return np.hstack([unit(states[0]), unit(both)])

    return run


def beam(job):
    t = {name.split('/')[1]: seeded(spec) for name, spec in job['tensors'].items()}
    t['logits.b'][0] = job['never']
    thought = seeded(job['thought'])
    width = job['width']

    def run():
        state = np.tanh(thought @ t['state.W'].T + t['state.b'])
        costs = np.zeros(1, np.float32)
        words = np.zeros((1, t['words'].shape[1]), np.float32)
        for _ in range(job['maxlen']):
            state = gru_step(state, words @ t['gru.W'].T + t['gru.b'], t['gru.U'])
            logits = state @ t['logits.W'].T + t['logits.b']
            top = logits.max(1, keepdims=True)
            logits -= top
            cost = costs[:, None] + np.log(np.exp(logits).sum(1, keepdims=True)) - logits
            # The unknown word is not chosen, but its probability counts.
            cost[:, 1] = np.inf
            flat = cost.reshape(-1)
            best = np.argpartition(flat, width)[:width]
            costs = flat[best]
            state = state[best // logits.shape[1]]
            words = t['words'][best % logits.shape[1]]
        return [costs.min()]

    return run


def retrieval(job):
    matrix, query, k = seeded(job['matrix']), seeded(job['query'])[0], job['k']

    def run():
        scores = matrix @ query
        best = np.argpartition(-scores, k)[:k]
        return np.sort(scores[best])[::-1]

    return run


serve(np.__version__, {'gemm': product, 'gemv': product, 'encode': encode, 'beam': beam, 'retrieval': retrieval})
