// One conversion in a process of its own: arguments as JSON; prints seconds and the process's peak memory as JSON.

import { convert } from '../../weights-converter/index.ts'

const started = performance.now()
await convert(JSON.parse(process.argv[2] ?? '{}'))
const seconds = (performance.now() - started) / 1000
process.stdout.write(`${JSON.stringify({ seconds, peakBytes: 1024 * process.resourceUsage().maxRSS })}\n`)
