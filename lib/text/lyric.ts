// A story as the lines of a song. Knows commas only.

/**
 * The parts of a story between its commas, each without its first blank. Where there is nothing at all between two
 * commas, or a comma opens or ends the story, there is no line (the original fails there).
 */
export const splitLyric = (story: string): string[] =>
  story
    .split(',')
    .filter(part => part !== '')
    .map(part => (part.startsWith(' ') ? part.slice(1) : part))
