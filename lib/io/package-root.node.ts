// The folder of this package, whether it runs from its sources or from dist/.

import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** Path of the nearest folder above this file that holds package.json. */
export function packageRoot(): string {
  let folder = new URL('../', import.meta.url)
  while (!existsSync(new URL('package.json', folder)) && folder.pathname !== '/') folder = new URL('../', folder)
  return fileURLToPath(folder)
}
