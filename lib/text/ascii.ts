// The original's reading of text: Python 2 byte strings, where only ASCII has white space and letter case, and every
// other character is plain word material. Everything in this folder splits and folds by it.

/** ASCII white space, as a part of a regular expression's class. */
export const SPACE = ' \\t\\n\\r\\f\\v'

const SPACES = new RegExp(`[${SPACE}]+`)

export const splitAtSpace = (text: string): string[] => text.split(SPACES).filter(word => word !== '')

export const lowerAscii = (text: string): string => text.replace(/[A-Z]+/g, letters => letters.toLowerCase())

export const isAscii = (text: string): boolean => {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 0x7f) return false
  return true
}
