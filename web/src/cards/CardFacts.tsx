// What is known of a card: its number, its PIN, where it was bound and tapped.
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { DismissCircle16Filled } from '@fluentui/react-icons';
import type { Card } from '../api';
import { Facts } from '../shared/Card';
import { Badge } from '../shared/StatusBadge';
import { Time } from '../shared/Time';
import { workstationsQuery } from '../workstations/queries';
import { triesWords } from './words';

export function CardFacts({ card }: { card: Card }) {
  const workstations = useQuery({ ...workstationsQuery, refetchInterval: false });
  const last = workstations.data?.items.find(({ id }) => id === card.lastWorkstationId)?.name;
  const pin: [string, ReactNode][] = card.withPin
    ? [
        [
          'PIN',
          card.pinMustChange ? (
            'Made up; to be changed at the next use'
          ) : (
            <>
              Set <Time at={card.pinSetAt} />
            </>
          ),
        ],
        [
          'PIN tries left',
          card.blocked ? (
            <Badge key="tries" tone="bad" icon={<DismissCircle16Filled aria-hidden />}>
              {triesWords(card)}
            </Badge>
          ) : (
            triesWords(card)
          ),
        ],
      ]
    : [['PIN', 'None: it does not sign in to Keystead itself; elsewhere it is a second factor']];
  return (
    <Facts
      items={[
        ['Card number', card.number ? `…${card.number}` : null],
        ...pin,
        [
          'Bound',
          card.boundAt ? (
            <>
              <Time at={card.boundAt} format="full" />
              {card.boundWith ? ` at ${card.boundWith}` : ''}
            </>
          ) : null,
        ],
        [
          'Last on a reader',
          <>
            <Time at={card.lastTapAt} />
            {last ? ` at ${last}` : ''}
          </>,
        ],
      ]}
    />
  );
}
