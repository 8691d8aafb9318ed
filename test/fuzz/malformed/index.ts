// All malformed inputs that have a name.

import { arrays } from './arrays.ts'
import { attacks } from './attacks.ts'
import type { Malformed } from './case.ts'
import { foreign } from './foreign.ts'
import { hdf5Files } from './hdf5.ts'
import { pickles } from './pickles.ts'
import { pictures } from './pictures.ts'
import { texts } from './texts.ts'

export type { Malformed } from './case.ts'

export const malformed = async (): Promise<Malformed[]> => [
  ...attacks(),
  ...pickles(),
  ...arrays(),
  ...hdf5Files(),
  ...texts(),
  ...foreign(),
  ...(await pictures()),
]
