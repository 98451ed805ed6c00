// The card desk: hands out card after card. Who, put it on the reader, next; every step by the keyboard.
import { makeStyles, tokens, typographyStyles } from '@fluentui/react-components';
import { CheckmarkCircle16Filled } from '@fluentui/react-icons';
import { useCallback, useState } from 'react';
import { Card } from '../../shared/Card';
import { TextLink } from '../../shared/links';
import { PageHeader } from '../../shared/PageHeader';
import { PersonLink } from '../../shared/PersonLink';
import { EmptyState } from '../../shared/states';
import { Time } from '../../shared/Time';
import { useWorkstationHere, WorkstationChoice } from '../../workstations/WorkstationChoice';
import { FindPerson } from './FindPerson';
import { GiveCard, type Given } from './GiveCard';
import type { Offer } from './offers';

const useStyles = makeStyles({
  columns: {
    display: 'grid',
    gridTemplateColumns: 'minmax(0, 3fr) minmax(0, 2fr)',
    gap: '24px',
    alignItems: 'start',
    '@media (max-width: 1000px)': { gridTemplateColumns: 'minmax(0, 1fr)' },
  },
  side: { display: 'flex', flexDirection: 'column', gap: '24px', minWidth: 0 },
  list: { listStyle: 'none', margin: 0, padding: 0, display: 'flex', flexDirection: 'column', gap: '12px' },
  item: { display: 'flex', gap: '8px', alignItems: 'flex-start' },
  icon: { color: tokens.colorPaletteGreenForeground1, flexShrink: 0, marginTop: '2px', display: 'inline-flex' },
  words: { display: 'flex', flexDirection: 'column', minWidth: 0 },
  faint: { ...typographyStyles.caption1, color: tokens.colorNeutralForeground3, overflowWrap: 'anywhere' },
  silent: { position: 'absolute', width: '1px', height: '1px', overflow: 'hidden', clipPath: 'inset(50%)' },
});

/** As many of the last ones stay in sight. */
const shown = 12;

export function CardDeskPage() {
  const styles = useStyles();
  const workstation = useWorkstationHere();
  const [offer, setOffer] = useState<Offer | null>(null);
  const [given, setGiven] = useState<Given[]>([]);
  const [skipped, setSkipped] = useState<ReadonlySet<string>>(new Set());
  const next = useCallback(() => setOffer(null), []);
  const skip = useCallback(
    (keyId: string | null) => {
      // Leaving a PIN that was just shown puts nobody off.
      if (keyId !== null && !given.some((one) => one.keyId === keyId)) setSkipped((current) => new Set([...current, keyId]));
      setOffer(null);
    },
    [given],
  );
  const last = given[0];
  // Who has a card by now waits no more, even before the list is read anew.
  const done = new Set([...skipped, ...given.map(({ keyId }) => keyId)]);
  const ready = workstation?.online === true && workstation.readers.length > 0;
  return (
    <>
      <PageHeader
        title="Card Desk"
        description="Hand out contactless cards one after another: choose the person, put the card on the reader, next."
      />
      <div className={styles.columns}>
        <Card title={offer ? 'Put the card on the reader' : 'Next person'}>
          {!ready && !offer ? (
            <EmptyState illustration="workstation" title="Choose a workstation with a reader" level={3}>
              The cards are read there. It is remembered in this browser.
            </EmptyState>
          ) : offer ? (
            <GiveCard
              key={offer.id}
              offer={offer}
              workstation={workstation}
              onGiven={(one) => setGiven((current) => [one, ...current])}
              onAssigned={(keyId) => setOffer({ ...offer, keyId })}
              onNext={next}
              onSkip={skip}
            />
          ) : (
            <FindPerson skipped={done} onChoose={setOffer} />
          )}
        </Card>
        <div className={styles.side}>
          <Card title="Reader">
            <WorkstationChoice />
          </Card>
          <Card
            title={`Handed out: ${given.length.toLocaleString('en')}`}
            description={skipped.size > 0 ? `Put off for now: ${skipped.size.toLocaleString('en')}` : undefined}
          >
            <div role="status" className={styles.silent}>
              {last ? `Card ${last.number ?? ''} is now the card of ${last.offer.name}.` : ''}
            </div>
            {given.length === 0 ? (
              <div className={styles.faint}>
                The cards that you hand out here are listed, until you leave this page. Later they are among the{' '}
                <TextLink to="/keys" search={{ kind: 'contactlessCard' }} inline>
                  security keys
                </TextLink>
                .
              </div>
            ) : (
              <ul className={styles.list} aria-label="Handed out last">
                {given.slice(0, shown).map((one) => (
                  <li key={one.keyId} className={styles.item}>
                    <span className={styles.icon}>
                      <CheckmarkCircle16Filled aria-hidden />
                    </span>
                    <span className={styles.words}>
                      <PersonLink id={one.offer.id} displayName={one.offer.name} plain />
                      <span className={styles.faint}>
                        {one.number ? `Card …${one.number}, ` : ''}
                        {one.pin === null ? 'no new PIN' : one.pin.mailed ? 'PIN mailed' : 'PIN handed over'},{' '}
                        <Time at={one.at} />
                      </span>
                    </span>
                  </li>
                ))}
              </ul>
            )}
          </Card>
        </div>
      </div>
    </>
  );
}
