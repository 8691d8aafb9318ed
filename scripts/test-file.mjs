// Runs one test file under uvu, in a process of its own: a crash or a second adapter stays that file's business.
// Started by scripts/test.mjs as `node --import tsx scripts/test-file.mjs FILE`.

import { resolve } from 'node:path'
import { run } from 'uvu/run'

const name = process.argv[2]
await run([{ name, file: resolve(name) }], { bail: false })
