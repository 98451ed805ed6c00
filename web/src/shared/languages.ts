// The languages offered as a person's preferred language, by their BCP 47 tags.

const tags = [
  'ar', 'bg', 'ca', 'cs', 'da', 'de', 'el', 'en', 'en-GB', 'en-US', 'es', 'et', 'fa', 'fi', 'fr', 'he', 'hi', 'hr',
  'hu', 'id', 'is', 'it', 'ja', 'ko', 'lt', 'lv', 'mt', 'nb', 'nl', 'pl', 'pt', 'pt-BR', 'ro', 'ru', 'sk', 'sl', 'sr',
  'sv', 'th', 'tr', 'uk', 'vi', 'zh-Hans', 'zh-Hant',
];

/** "German" for "de"; a tag that is no language comes back as it is. */
export function languageName(tag: string): string {
  try {
    return new Intl.DisplayNames(['en'], { type: 'language' }).of(tag) ?? tag;
  } catch {
    return tag;
  }
}

/** What a select offers: the usual languages by name, and the person's own where it is another. */
export function languageChoices(current: string | null): { tag: string; name: string }[] {
  const all = current && !tags.includes(current) ? [...tags, current] : tags;
  return all
    .map((tag) => ({ tag, name: languageName(tag) }))
    .sort((one, other) => one.name.localeCompare(other.name, 'en'));
}
