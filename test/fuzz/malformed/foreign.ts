// Whole files of other kinds in the place of weights: each is told by what it is.

import { joined } from '../../weights-converter/files.ts'
import { casesOf, type Facts, type Malformed, READ } from './case.ts'

const tar = (): Uint8Array => {
  const block = new Uint8Array(1024)
  block.set(joined('romance.npz'))
  block.set(joined('ustar\x0000'), 257)
  return block
}

const FACTS: Facts = {
  gzip: ['\x1f\x8b\x08\0\0\0\0\0\0\x03', /a gzip archive; unpack it/],
  bzip2: ['BZh91AY&SY\0\0', /a bzip2 archive/],
  xz: ['\xfd7zXZ\0\0\x04', /an xz archive/],
  Zstandard: ['\x28\xb5\x2f\xfd\x04\0', /a Zstandard archive/],
  LZ4: ['\x04\x22\x4d\x18\x64\x40', /an LZ4 archive/],
  '7z': ['7z\xbc\xaf\x27\x1c\0\x04', /a 7z archive/],
  RAR: ['Rar!\x1a\x07\x01\0', /a RAR archive/],
  compress: ['\x1f\x9d\x90\0', /a compress \(\.Z\) archive/],
  tar: [tar, /a tar archive; unpack it/],
  safetensors: [joined('\x10\0\0\0\0\0\0\0{"a":{"dtype":1}}'), /a safetensors file/],
  GGUF: ['GGUF\x03\0\0\0', /a GGUF model/],
  'TensorFlow Lite': ['\x1c\0\0\0TFL3\0\0', /a TensorFlow Lite model/],
  ONNX: ['\x08\x07\x12\x07pytorch\x1a\x032.0', /an ONNX model/],
  'MATLAB 5': [joined('MATLAB 5.0 MAT-file, Platform: GLNXA64', '\0'.repeat(90)), /a MATLAB file/],
  Parquet: ['PAR1\x15\x04\x15\0', /a Parquet file/],
  SQLite: ['SQLite format 3\0\x10\0', /an SQLite database/],
  PDF: ['%PDF-1.5\n%\xe2\xe3\n', /a PDF document/],
  'a program': ['\x7fELF\x02\x01\x01\0', /a program/],
  zeros: [() => new Uint8Array(5000), /nothing but zeros; a download that was not finished/],
  'a JPEG': ['\xff\xd8\xff\xe0\0\x10JFIF', /a picture, not a file of weights/],
  'a WebP': ['RIFF\x04\0\0\0WEBPVP8 ', /a picture, not a file of weights/],
  'a TIFF': ['II*\0\x08\0\0\0', /a picture, not a file of weights/],
  'an AVIF': ['\0\0\0\x18ftypavif\0', /a picture, not a file of weights/],
  noise: [() => Uint8Array.from({ length: 4000 }, (_, i) => (i * i * 31 + 7) & 255), /unknown format|not a field|ends/],
  'a byte': ['\x01', /unknown format/],
  text: ['hello\n', READ],
}

/** Read as any file of weights is. */
export const foreign = (): Malformed[] =>
  casesOf('pickle', FACTS).map(one => ({ ...one, name: one.name.replace('pickle', 'foreign') }))
