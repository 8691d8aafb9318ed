// A bundle's folder on disk.

import { join } from 'node:path'
import type { BundleFiles } from './bundle-files.ts'
import { openFile } from './bytes.node.ts'

/** The bundle in the folder `dir`. */
export const folderFiles = (dir: string): BundleFiles => ({
  place: dir,
  open: name => openFile(join(dir, ...name.split('/'))),
})
