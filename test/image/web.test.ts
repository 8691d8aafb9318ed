// Pictures in pages: as they are, but TIFF, which browsers do not show.

import sharp from 'sharp'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { pictureUrl } from '../../lib/image/web.node.ts'

const picture = () => sharp({ create: { width: 3, height: 2, channels: 3, background: '#135' } })
const decoded = (url: string): Buffer => Buffer.from(url.slice(url.indexOf(',') + 1), 'base64')

test('a JPEG stays as it is', async () => {
  const bytes = await picture().jpeg().toBuffer()
  const url = await pictureUrl(bytes)
  assert.ok(url.startsWith('data:image/jpeg;base64,'))
  assert.ok(decoded(url).equals(bytes))
})

test('a TIFF becomes a PNG', async () => {
  const url = await pictureUrl(await picture().tiff().toBuffer())
  assert.ok(url.startsWith('data:image/png;base64,'))
  const { format, width, height } = await sharp(decoded(url)).metadata()
  assert.equal([format, width, height], ['png', 3, 2])
})

test.run()
