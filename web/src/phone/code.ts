// A short code as it is typed. The server takes it in any spelling; this only helps the eye.

/** In capitals, with the hyphen where the screen shows it. */
export function shapeCode(typed: string): string {
  const characters = typed.toUpperCase().replace(/[^A-Z0-9]/g, '').slice(0, 8);
  return characters.length > 4 ? `${characters.slice(0, 4)}-${characters.slice(4)}` : characters;
}

/** What can be told wrong without asking; a wrong guess costs one of few tries. */
export function codeProblem(typed: string): string | null {
  const characters = typed.replace(/[^A-Za-z0-9]/g, '');
  if (characters === '') return 'Type the code from the other screen.';
  if (characters.length !== 8) return 'The code has eight characters, four and four.';
  if (/[01IO]/i.test(characters)) return 'Codes hold no 0, 1, I or O. Compare it with the other screen.';
  return null;
}
