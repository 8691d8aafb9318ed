// Every verb of the command line.

import type { Command } from 'commander'
import { registerBench } from './bench.ts'
import { registerCache } from './cache.ts'
import { registerCaptions } from './captions.ts'
import { registerConvert } from './convert.ts'
import { registerDecode } from './decode.ts'
import { registerDoctor } from './doctor.ts'
import { registerEncode, registerTokenize } from './encode.ts'
import { registerInspect } from './inspect.ts'
import { registerPull } from './pull.ts'
import { registerStyle } from './style.ts'
import { registerTell } from './tell.ts'
import { registerTrace } from './trace.ts'
import { registerTrain } from './train.ts'
import { registerVerify } from './verify.ts'

type Register = (root: Command, signal: AbortSignal) => void

export const VERBS: readonly Register[] = [
  registerTell,
  registerCaptions,
  registerTrace,
  registerEncode,
  registerTokenize,
  registerDecode,
  registerStyle,
  registerTrain,
  registerInspect,
  registerPull,
  registerConvert,
  registerVerify,
  registerCache,
  registerBench,
  registerDoctor,
]
