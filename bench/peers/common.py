"""What the Python peers share: numbers from the benches' hash, and the protocol of one JSON line for one JSON line
(bench/harness/peer.ts). A peer is a dict of operations: each takes a job and gives a function to time, which gives its outputs."""

import json
import os
import sys
import time

import numpy as np

THREADS = len(os.sched_getaffinity(0)) if hasattr(os, 'sched_getaffinity') else os.cpu_count()
CHUNK = 1 << 22


def _hash(index, seed):
    x = index * np.uint32(747796405) + np.uint32((seed * 2891336453) & 0xFFFFFFFF)
    x ^= x >> np.uint32(16)
    x *= np.uint32(0x7FEB352D)
    x ^= x >> np.uint32(15)
    x *= np.uint32(0x846CA68B)
    x ^= x >> np.uint32(16)
    return x


def seeded(tensor):
    """The float32 array of {"shape", "seed", "scale"}."""
    size = int(np.prod(tensor['shape']))
    out = np.empty(size, np.float32)
    scale = float(np.float32(tensor['scale']))
    with np.errstate(over='ignore'):
        for first in range(0, size, CHUNK):
            index = np.arange(first, min(first + CHUNK, size), dtype=np.uint32)
            bits = _hash(index, tensor['seed']) >> np.uint32(8)
            out[first : first + CHUNK] = (bits.astype(np.float64) * 2.0**-23 - 1) * scale
    return out.reshape(tensor['shape'])


def stored(job, name):
    """A weight of the file that the bench wrote for vgg19."""
    at = job['tensors'][name]
    count = int(np.prod(at['shape']))
    return np.fromfile(job['weights'], np.float32, count, offset=at['offset']).reshape(at['shape'])


def say(answer):
    sys.stdout.write(json.dumps(answer) + '\n')
    sys.stdout.flush()


def serve(version, operations):
    """Answers until the input ends."""
    say({'ready': True, 'version': version, 'adapter': f'CPU, {THREADS} threads'})
    work = None
    for line in sys.stdin:
        question = json.loads(line)
        try:
            if question['do'] == 'prepare':
                work = None
                work = operations[question['op']](question)
                say({'prepared': True})
            else:
                now = time.perf_counter if question['clock'] == 'wall' else lambda: time.process_time() / THREADS
                start = now()
                outputs = np.asarray(work())
                ms = 1e3 * (now() - start)
                values = outputs.reshape(-1)[question['positions']]
                say({'ms': ms, 'values': [float(value) for value in values]})
        except Exception as error:  # told to the bench, which goes on without this peer
            say({'error': f'{type(error).__name__}: {error}'})
