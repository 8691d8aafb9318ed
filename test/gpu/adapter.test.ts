// What adapters say of themselves, and what is made of it.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { kindOf, labelOf } from '../../lib/gpu/adapter.ts'

const info = (fields: Partial<GPUAdapterInfo>): GPUAdapterInfo =>
  ({ vendor: '', architecture: '', device: '', description: '', isFallbackAdapter: false, ...fields }) as GPUAdapterInfo

test('kinds and labels of adapters as drivers describe them', () => {
  for (const [fields, kind, label] of [
    [
      { vendor: 'nvidia', device: 'nvidia-h200', description: 'NVIDIA: 580.159.04 580.159.4.0' },
      'gpu',
      'nvidia-h200 (NVIDIA: 580.159.04 580.159.4.0)',
    ],
    [
      { vendor: 'mesa', architecture: 'software', device: 'llvmpipe-llvm-15', description: 'llvmpipe: Mesa 25.0.7' },
      'lavapipe',
      'llvmpipe: Mesa 25.0.7',
    ],
    [{ vendor: 'google', architecture: 'swiftshader', isFallbackAdapter: true }, 'swiftshader', 'SwiftShader'],
    [{ vendor: 'apple', architecture: 'metal-3' }, 'gpu', 'apple metal-3'],
    [{}, 'gpu', 'GPU'],
  ] as const) {
    assert.is(kindOf(info(fields)), kind, label)
    assert.is(labelOf(info(fields)), label)
  }
})

test.run()
