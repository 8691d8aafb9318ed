"""PyTorch on the CPU: products, convolutions (channels last), VGG-19, the skip-thought encoders (nn.GRU), beam search, retrieval."""

import numpy as np
import torch
from common import THREADS, seeded, serve, stored
from torch.nn.functional import conv2d, linear, max_pool2d
from torch.nn.utils.rnn import PackedSequence

torch.set_num_threads(THREADS)
torch.set_grad_enabled(False)


def tensor(spec):
    return torch.from_numpy(np.array(seeded(spec)))


def product(job):
    x = tensor({'shape': [job['m'], job['k']], 'seed': job['seeds'][0], 'scale': job['scale']})
    weight = tensor({'shape': [job['n'], job['k']], 'seed': job['seeds'][1], 'scale': job['scale']})
    return lambda: linear(x, weight)


def last(x):
    return x.contiguous(memory_format=torch.channels_last)


def conv(job):
    inputs, outputs, side = job['inputs'], job['outputs'], job['side']
    shapes = [[1, inputs, side, side], [outputs, inputs, 3, 3], [outputs]]
    specs = [{'shape': s, 'seed': seed, 'scale': scale} for s, seed, scale in zip(shapes, job['seeds'], job['scales'])]
    x, weight, bias = (tensor(spec) for spec in specs)
    x, weight = last(x), last(weight)
    # Positions are those of channels first; reading a few of them costs nothing beside the convolution.
    return lambda: conv2d(x, weight, bias, padding=1).relu_()


def vgg19(job):
    x = last(torch.from_numpy(np.fromfile(job['image'], np.float32).reshape(1, 3, 224, 224)))
    weights = {name: torch.from_numpy(stored(job, name)) for name in job['tensors']}
    layers = [(last(weights[f'{name}.W']), weights[f'{name}.b'], pooled) for name, pooled in job['convs']]

    def run():
        h = x
        for weight, bias, pooled in layers:
            h = conv2d(h, weight, bias, padding=1).relu_()
            h = max_pool2d(h, 2) if pooled else h
        h = h.contiguous().reshape(1, -1)
        for name in ('fc6', 'fc7'):
            h = linear(h, weights[f'{name}.W'], weights[f'{name}.b']).relu_()
        return h

    return run


def encode(job):
    lengths = job['lengths']
    table = tensor(job['words'])
    sizes = torch.tensor([sum(1 for length in lengths if length > step) for step in range(lengths[0])])
    encoders = []
    for spec in job['encoders']:
        gru = torch.nn.GRU(job['width'], spec['units'])
        gru.weight_ih_l0.copy_(tensor(spec['W']))
        gru.weight_hh_l0.copy_(tensor(spec['U']))
        gru.bias_ih_l0.copy_(tensor(spec['b']))
        gru.bias_hh_l0.zero_()
        order = job['order']['backward' if spec['backwards'] else 'forward']
        encoders.append((gru, PackedSequence(table[order], sizes)))

    def run():
        states = [gru(words)[1][0] for gru, words in encoders]
        both = torch.cat(states[1:], 1)
        unit = lambda part: part / part.norm(dim=1, keepdim=True)
        return torch.cat([unit(states[0]), unit(both)], 1)

    return run


def beam(job):
    t = {name.split('/')[1]: tensor(spec) for name, spec in job['tensors'].items()}
    t['logits.b'][0] = job['never']
    thought = tensor(job['thought'])
    dim = t['gru.U'].shape[1]
    cell = torch.nn.GRUCell(t['words'].shape[1], dim)
    cell.weight_ih.copy_(t['gru.W'])
    cell.weight_hh.copy_(t['gru.U'])
    cell.bias_ih.copy_(t['gru.b'])
    cell.bias_hh.zero_()

    def run():
        state = torch.tanh(linear(thought, t['state.W'], t['state.b']))
        scores = torch.zeros(1)
        words = torch.zeros(1, t['words'].shape[1])
        for _ in range(job['maxlen']):
            state = cell(words, state)
            chances = torch.log_softmax(linear(state, t['logits.W'], t['logits.b']), 1)
            # The unknown word is not chosen, but its probability counts.
            chances[:, 1] = -torch.inf
            scores, best = (scores[:, None] + chances).view(-1).topk(job['width'])
            state = state[best // chances.shape[1]]
            words = t['words'][best % chances.shape[1]]
        return [-scores.max()]

    return run


def retrieval(job):
    matrix, query = tensor(job['matrix']), tensor(job['query'])[0]
    return lambda: (matrix @ query).topk(job['k']).values


def train(job):
    """One update of the decoder: the cost as the original has it, gradients clipped to a norm, Adam."""
    t = {name: tensor(spec) for name, spec in job['tensors'].items()}
    gru = torch.nn.GRU(t['Wemb'].shape[1], t['decoder_Ux'].shape[0])
    gru.weight_ih_l0.copy_(torch.cat([t['decoder_W'].T, t['decoder_Wx'].T]))
    gru.weight_hh_l0.copy_(torch.cat([t['decoder_U'].T, t['decoder_Ux'].T]))
    gru.bias_ih_l0.copy_(torch.cat([t['decoder_b'], t['decoder_bx']]))
    gru.bias_hh_l0.zero_().requires_grad_(False)
    names = ['Wemb', 'ff_state_W', 'ff_state_b', 'ff_logit_W', 'ff_logit_b']
    learned = [t[name].requires_grad_() for name in names] + [p for p in gru.parameters() if p is not gru.bias_hh_l0]
    adam = torch.optim.Adam(learned, lr=2e-4)
    words = torch.tensor(job['words']).view(-1, job['passages'])
    context = tensor(job['context'])
    costs = []

    def run():
        with torch.enable_grad():
            vectors = torch.nn.functional.embedding(words[:-1], t['Wemb'])
            vectors = torch.cat([torch.zeros_like(vectors[:1]), vectors])
            states = gru(vectors, torch.tanh(context @ t['ff_state_W'] + t['ff_state_b'])[None])[0]
            chances = torch.softmax(states @ t['ff_logit_W'] + t['ff_logit_b'], 2)
            cost = -torch.log(chances.gather(2, words[:, :, None]) + 1e-8).sum()
            adam.zero_grad()
            cost.backward()
        torch.nn.utils.clip_grad_norm_(learned, job['clip'])
        adam.step()
        costs.append(cost.item())
        return costs[:1]

    return run


serve(
    torch.__version__,
    {'gemm': product, 'gemv': product, 'conv': conv, 'vgg19': vgg19, 'encode': encode, 'beam': beam, 'retrieval': retrieval, 'train': train},
)
