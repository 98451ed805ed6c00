// The editable fields of a person, as a form holds them, and the change that has to be sent.
import type { Profile, User } from '../api';
import { joinPhone, phoneProblem, splitPhone, type PhoneParts } from '../shared/countries';
import { emailProblem } from './new/wizard';

export interface ProfileForm {
  email: string;
  userName: string;
  displayName: string;
  givenName: string;
  familyName: string;
  phone: PhoneParts;
  title: string;
  department: string;
  preferredLanguage: string;
}

export function formOf(user: User, homeIso: string): ProfileForm {
  return {
    email: user.email,
    userName: user.userName,
    displayName: user.displayName,
    givenName: user.givenName ?? '',
    familyName: user.familyName ?? '',
    phone: splitPhone(user.phone, homeIso),
    title: user.title ?? '',
    department: user.department ?? '',
    preferredLanguage: user.preferredLanguage ?? '',
  };
}

/** Only what differs from the person as they were read; null clears an optional field. */
export function changesOf(user: User, form: ProfileForm): Profile {
  const changes: Profile = {};
  for (const name of ['email', 'userName', 'displayName'] as const) {
    const value = form[name].trim();
    if (value !== user[name]) changes[name] = value;
  }
  for (const name of ['givenName', 'familyName', 'title', 'department', 'preferredLanguage'] as const) {
    const value = form[name].trim() || null;
    if (value !== user[name]) changes[name] = value;
  }
  // A number that was only taken apart and put together again is no change.
  const phone = joinPhone(form.phone);
  const unchanged = joinPhone(splitPhone(user.phone, form.phone.iso));
  if (phone !== user.phone && phone !== unchanged) changes.phone = phone;
  return changes;
}

export type ProfileProblems = Partial<Record<keyof ProfileForm, string>>;

/** What the panel itself can tell is wrong, before the server is asked. */
export function problemsOf(form: ProfileForm): ProfileProblems {
  const problems: ProfileProblems = {};
  const email = emailProblem(form.email);
  if (email) problems.email = email;
  if (form.userName.trim() === '') problems.userName = 'Enter a user name.';
  if (form.displayName.trim() === '') problems.displayName = 'Enter the name the person is called by.';
  const phone = phoneProblem(form.phone);
  if (phone) problems.phone = phone;
  return problems;
}
