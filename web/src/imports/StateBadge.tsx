// The state of an import, the plan of a row and what became of it: an icon and a word.
import {
  Add16Filled,
  ArrowSync16Filled,
  ArrowUndo16Filled,
  CheckmarkCircle16Filled,
  Circle16Regular,
  Clock16Filled,
  DismissCircle16Filled,
  Edit16Filled,
  ErrorCircle16Filled,
  Next16Filled,
  PersonProhibited16Filled,
  QuestionCircle16Filled,
  Subtract16Filled,
} from '@fluentui/react-icons';
import type { ReactNode } from 'react';
import type { Import, ImportState, RowResult, Verdict } from '../api';
import { Badge, type Tone } from '../shared/StatusBadge';
import { changedAnything, resultNames, stateNames, verdictNames } from './words';

interface Look {
  tone: Tone;
  icon: ReactNode;
}

const running: Look = { tone: 'fresh', icon: <ArrowSync16Filled aria-hidden /> };
const stopped: Look = { tone: 'off', icon: <DismissCircle16Filled aria-hidden /> };
const states: Record<ImportState, Look> = {
  draft: { tone: 'off', icon: <Edit16Filled aria-hidden /> },
  reading: running,
  planning: running,
  ready: { tone: 'waiting', icon: <Clock16Filled aria-hidden /> },
  applying: running,
  finished: { tone: 'good', icon: <CheckmarkCircle16Filled aria-hidden /> },
  failed: { tone: 'bad', icon: <ErrorCircle16Filled aria-hidden /> },
  cancelled: stopped,
  undoing: running,
  undone: { tone: 'off', icon: <ArrowUndo16Filled aria-hidden /> },
};

/** Finished is only called good where something was changed and nothing failed. */
export function ImportBadge({ run: { state, outcome, approval } }: { run: Pick<Import, 'state' | 'outcome' | 'approval'> }) {
  if (state === 'finished' && outcome) {
    if (outcome.failed > 0) {
      return (
        <Badge tone="warning" icon={<ErrorCircle16Filled aria-hidden />}>
          Finished, some failed
        </Badge>
      );
    }
    if (!changedAnything(outcome)) {
      return (
        <Badge tone="off" icon={<Circle16Regular aria-hidden />}>
          Nothing was changed
        </Badge>
      );
    }
  }
  const words = state === 'ready' && approval.length > 0 ? 'Needs approval' : stateNames[state];
  return <Badge {...states[state]}>{words}</Badge>;
}

const verdicts: Record<Verdict, Look> = {
  create: { tone: 'good', icon: <Add16Filled aria-hidden /> },
  update: { tone: 'fresh', icon: <Edit16Filled aria-hidden /> },
  deactivate: { tone: 'warning', icon: <PersonProhibited16Filled aria-hidden /> },
  unchanged: { tone: 'off', icon: <Subtract16Filled aria-hidden /> },
  conflict: { tone: 'waiting', icon: <QuestionCircle16Filled aria-hidden /> },
  skipped: { tone: 'off', icon: <Next16Filled aria-hidden /> },
  rejected: { tone: 'bad', icon: <DismissCircle16Filled aria-hidden /> },
};

export function VerdictBadge({ verdict }: { verdict: Verdict }) {
  return <Badge {...verdicts[verdict]}>{verdictNames[verdict]}</Badge>;
}

const outcomes: Record<RowResult, Look> = {
  created: { tone: 'good', icon: <Add16Filled aria-hidden /> },
  updated: { tone: 'fresh', icon: <Edit16Filled aria-hidden /> },
  deactivated: { tone: 'warning', icon: <PersonProhibited16Filled aria-hidden /> },
  unchanged: { tone: 'off', icon: <Subtract16Filled aria-hidden /> },
  skipped: { tone: 'off', icon: <Next16Filled aria-hidden /> },
  failed: { tone: 'bad', icon: <DismissCircle16Filled aria-hidden /> },
};

export function ResultBadge({ result }: { result: RowResult }) {
  return <Badge {...outcomes[result]}>{resultNames[result]}</Badge>;
}
