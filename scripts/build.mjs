// `npm run build`: packages and dist/, made where they are missing or old.

import { prepare } from './prepare.mjs'

prepare()
