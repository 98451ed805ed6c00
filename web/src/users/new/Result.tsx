// The end of the wizard: what was done, the link if it has to be handed over, and where to go next.
import { Button, makeStyles, tokens, typographyStyles } from '@fluentui/react-components';
import { PersonAdd20Regular } from '@fluentui/react-icons';
import { useEffect, useRef } from 'react';
import type { Registration, User } from '../../api';
import { HandOutCard } from '../../cards/HandOutCard';
import { HandOver } from '../../keys/HandOver';
import { RegistrationNote } from '../../keys/RegistrationNote';
import { Card } from '../../shared/Card';
import { Illustration } from '../../shared/illustrations';
import { ButtonLink } from '../../shared/links';
import type { AssignableKind } from './wizard';

const useStyles = makeStyles({
  root: { display: 'flex', flexDirection: 'column', gap: tokens.spacingVerticalXL },
  head: { display: 'flex', flexWrap: 'wrap', alignItems: 'center', gap: tokens.spacingHorizontalL },
  title: { ...typographyStyles.title3, margin: 0, outlineStyle: 'none', overflowWrap: 'anywhere' },
  actions: { display: 'flex', flexWrap: 'wrap', gap: tokens.spacingHorizontalS },
});

interface Props {
  user: User;
  registration: Registration | null;
  /** What is activated now, beside the administrator, if anything. */
  onTheSpot: AssignableKind | null;
  onAnother: () => void;
}

export function Result({ user, registration, onTheSpot, onAnother }: Props) {
  const styles = useStyles();
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), []);
  const first = user.givenName ?? user.displayName;
  return (
    <Card>
      <div className={styles.root}>
        <div className={styles.head}>
          <Illustration name="done" />
          <h2 ref={heading} tabIndex={-1} className={styles.title}>
            {user.displayName} was added
          </h2>
        </div>
        {registration && onTheSpot === 'contactlessCard' ? (
          <HandOutCard keyId={registration.keyId} person={user} />
        ) : registration && onTheSpot ? (
          <HandOver keyId={registration.keyId} person={user} />
        ) : registration ? (
          <RegistrationNote registration={registration} person={user} />
        ) : (
          <div>No security key was assigned. {first} can sign in once you assign one and it is registered.</div>
        )}
        <div className={styles.actions}>
          <Button appearance="primary" icon={<PersonAdd20Regular />} onClick={onAnother}>
            Add another
          </Button>
          <ButtonLink to="/users/$id" params={{ id: user.id }}>
            Open {first}’s page
          </ButtonLink>
        </div>
      </div>
    </Card>
  );
}
