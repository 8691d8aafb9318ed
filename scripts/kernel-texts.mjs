// Makes the module that takes the place of lib/gpu/kernel-texts.ts in a build: the text of every kernel, for pages.

import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** The module's text, in JavaScript; `folder` holds the .wgsl files. */
export function kernelTexts(folder) {
  const names = readdirSync(folder).filter(file => file.endsWith('.wgsl'))
  const texts = names.sort().map(file => [file.slice(0, -'.wgsl'.length), readFileSync(join(folder, file), 'utf8')])
  return `export const KERNEL_TEXTS = ${JSON.stringify(Object.fromEntries(texts), null, 2)}\n`
}
