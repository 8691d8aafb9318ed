// What pages get as kernels: the same texts as Node reads.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { KernelError } from '../../lib/gpu/kernel.ts'
import { kernelSource } from '../../lib/gpu/kernel-source.browser.ts'
import { kernelNames, kernelSource as nodeSource } from '../../lib/gpu/kernel-source.node.ts'
import { kernelTexts } from '../support/page.ts'

test('the build’s module holds every kernel, word for word', async () => {
  const url = `data:text/javascript;base64,${Buffer.from(await kernelTexts()).toString('base64')}`
  const { KERNEL_TEXTS } = (await import(url)) as { KERNEL_TEXTS: Record<string, string> }
  assert.equal(Object.keys(KERNEL_TEXTS).sort(), kernelNames())
  for (const name of kernelNames()) assert.is(KERNEL_TEXTS[name], nodeSource(name), name)
})

test('a kernel that is not in the build is refused', () => {
  for (const name of ['no-such', 'constructor'])
    assert.throws(
      () => kernelSource(name),
      (error: unknown) => error instanceof KernelError && error.message.includes(`kernels/${name}.wgsl`),
    )
})

test.run()
