// The texts of kernels/*.wgsl in Node: read once each, from the folder beside lib/. The only reader of that folder.

import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { KernelError, type KernelSource } from './kernel.ts'

const folder = new URL('../../kernels/', import.meta.url)
const texts = new Map<string, string>()

export const kernelSource: KernelSource = name => {
  let text = texts.get(name)
  if (text === undefined) {
    if (!kernelNames().includes(name)) throw new KernelError(`kernels/${name}.wgsl does not exist`)
    text = readFileSync(new URL(`${name}.wgsl`, folder), 'utf8')
    texts.set(name, text)
  }
  return text
}

/** Every kernel there is, for tests and for the browser's build. */
export const kernelNames = (): string[] =>
  readdirSync(fileURLToPath(folder))
    .filter(file => file.endsWith('.wgsl'))
    .map(file => file.slice(0, -'.wgsl'.length))
    .sort()
