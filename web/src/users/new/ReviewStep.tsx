// Step 4: everything so far in cards, each with a way back to change it, and a note to the person.
import { Button, Field, Tag, Textarea, makeStyles, tokens } from '@fluentui/react-components';
import { Edit20Regular } from '@fluentui/react-icons';
import type { ReactNode } from 'react';
import { Card, Facts } from '../../shared/Card';
import { joinPhone } from '../../shared/countries';
import { languageName } from '../../shared/languages';
import {
  assignableKinds,
  effectiveDisplayName,
  effectiveUserName,
  isOnTheSpot,
  proposedCardName,
  shortName,
  stepNames,
  type Draft,
  type Problems,
  type Step,
} from './wizard';

interface Props {
  draft: Draft;
  problems: Problems;
  onChange: (change: Partial<Draft>) => void;
  onEdit: (step: Step) => void;
}

/** As long as the server takes a note. */
const noteLength = 2000;

const useStyles = makeStyles({
  root: { display: 'flex', flexDirection: 'column', gap: tokens.spacingVerticalL },
  tags: { display: 'flex', flexWrap: 'wrap', gap: tokens.spacingHorizontalXS },
});

function keyWords(draft: Draft): string {
  const words: string[] = [assignableKinds.find((choice) => choice.kind === draft.keyKind)?.name ?? ''];
  if (draft.keyKind === 'contactlessCard') {
    words[0] += ` “${draft.keyName.trim() || proposedCardName(shortName(draft))}”`;
    words.push(draft.withPin ? 'with a PIN' : 'without a PIN');
  }
  if (isOnTheSpot(draft)) {
    words.push(draft.keyKind === 'smartphone' ? 'activated now by a code on this screen' : 'activated now on a reader');
  }
  return words.join(', ');
}

export function ReviewStep({ draft, problems, onChange, onEdit }: Props) {
  const styles = useStyles();
  const section = (step: Step, content: ReactNode) => (
    <Card
      title={stepNames[step]}
      actions={
        <Button
          icon={<Edit20Regular />}
          aria-label={`Edit ${stepNames[step].toLowerCase()}`}
          onClick={() => onEdit(step)}
        >
          Edit
        </Button>
      }
    >
      {content}
    </Card>
  );
  return (
    <div className={styles.root}>
      {section(
        'info',
        <Facts
          items={[
            ['Display name', effectiveDisplayName(draft)],
            ['E-mail', draft.email.trim()],
            ['User name', effectiveUserName(draft)],
            ['First name', draft.givenName.trim()],
            ['Last name', draft.familyName.trim()],
            ['Phone', joinPhone(draft.phone)],
            ['Job title', draft.title.trim()],
            ['Department', draft.department.trim()],
            ['Preferred language', draft.preferredLanguage && languageName(draft.preferredLanguage)],
          ]}
        />,
      )}
      {section(
        'groups',
        draft.groups.length === 0 ? (
          'No groups chosen. Like everybody, the person belongs to Everyone.'
        ) : (
          <div className={styles.tags}>
            {draft.groups.map((group) => (
              <Tag key={group.id}>{group.name}</Tag>
            ))}
          </div>
        ),
      )}
      {section(
        'key',
        draft.assignKey
          ? keyWords(draft)
          : 'No security key for now.',
      )}
      {draft.assignKey && !isOnTheSpot(draft) && (
        <Card title="Note">
          <Field
            label={`Note to ${shortName(draft)}`}
            hint="Optional. It goes into the mail and onto the page where the key is registered."
            validationMessage={problems.note}
          >
            <Textarea
              value={draft.note}
              maxLength={noteLength}
              rows={4}
              resize="vertical"
              onChange={(_, { value }) => onChange({ note: value })}
            />
          </Field>
        </Card>
      )}
    </div>
  );
}
