// Where people are imported from: a page of its own, so that it can be linked to.
import { makeStyles, tokens, typographyStyles } from '@fluentui/react-components';
import { ChevronRight20Regular } from '@fluentui/react-icons';
import { createLink } from '@tanstack/react-router';
import type { AnchorHTMLAttributes, Ref } from 'react';
import { Illustration, type IllustrationName } from '../shared/illustrations';
import { TextLink } from '../shared/links';
import { PageHeader } from '../shared/PageHeader';

const useStyles = makeStyles({
  list: {
    display: 'grid',
    gridTemplateColumns: 'repeat(auto-fit, minmax(min(100%, 340px), 1fr))',
    gap: '16px',
    listStyle: 'none',
    margin: 0,
    padding: 0,
    maxWidth: '1180px',
  },
  source: {
    display: 'flex',
    flexDirection: 'column',
    gap: '8px',
    height: '100%',
    padding: '24px',
    border: `1px solid ${tokens.colorNeutralStroke2}`,
    borderRadius: tokens.borderRadiusXLarge,
    backgroundColor: tokens.colorNeutralBackground1,
    color: tokens.colorNeutralForeground1,
    textDecorationLine: 'none',
    ':hover': { backgroundColor: tokens.colorNeutralBackground1Hover, border: `1px solid ${tokens.colorCompoundBrandStroke}` },
    ':focus-visible': { outline: `2px solid ${tokens.colorStrokeFocus2}`, outlineOffset: '2px' },
  },
  name: { ...typographyStyles.subtitle1, display: 'flex', alignItems: 'center', gap: '4px' },
  words: { color: tokens.colorNeutralForeground3 },
  foot: { margin: '24px 0 0', color: tokens.colorNeutralForeground3 },
});

type Props = AnchorHTMLAttributes<HTMLAnchorElement> & { ref?: Ref<HTMLAnchorElement> };
const SourceLink = createLink(function Source({ ref, ...props }: Props) {
  return <a {...props} ref={ref} />;
});

const sources: { to: '/imports/new/csv' | '/imports/new/entra' | '/integrations/scim'; name: string; words: string; picture: IllustrationName }[] = [
  {
    to: '/imports/new/csv',
    name: 'CSV file',
    words: 'A table of people, as spreadsheets save it and as other directories export it.',
    picture: 'import',
  },
  {
    to: '/imports/new/entra',
    name: 'Entra ID',
    words: 'People and groups of your Microsoft tenant, once or again and again on a schedule.',
    picture: 'cloud',
  },
  {
    to: '/integrations/scim',
    name: 'SCIM',
    words: 'Entra ID, Okta or another directory sends people and groups by itself, minutes after they join, change or leave.',
    picture: 'sync',
  },
];

export function SourcePage() {
  const styles = useStyles();
  return (
    <>
      <PageHeader
        title="Import users"
        above={<TextLink to="/users">Users</TextLink>}
        description="Choose where they come from. With a file or Entra ID you see what will change, person by person, before anything does; with SCIM your directory decides."
      />
      <ul className={styles.list}>
        {sources.map(({ to, name, words, picture }) => (
          <li key={to}>
            <SourceLink to={to} className={styles.source}>
              <Illustration name={picture} />
              <span className={styles.name}>
                {name}
                <ChevronRight20Regular aria-hidden />
              </span>
              <span className={styles.words}>{words}</span>
            </SourceLink>
          </li>
        ))}
      </ul>
      <p className={styles.foot}>
        Imports that were begun and not finished, and those of before, are under{' '}
        <TextLink to="/imports" inline>
          Imports
        </TextLink>
        .
      </p>
    </>
  );
}
