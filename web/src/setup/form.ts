// What the setup form must hold before the server is asked.
export interface SetupForm {
  organisationName: string;
  displayName: string;
  email: string;
}

/** A message for each field that is empty or plainly wrong; the server has the last word. */
export function missingFields(form: SetupForm): Partial<SetupForm> {
  const gaps: Partial<SetupForm> = {};
  if (form.organisationName.trim() === '') gaps.organisationName = 'Write the name of your organisation.';
  if (form.displayName.trim() === '') gaps.displayName = 'Write your name.';
  if (!/^\S+@\S+$/.test(form.email.trim())) gaps.email = 'Write your e-mail address, like name@example.org.';
  return gaps;
}
