// Whether the use of a person's cards at other sites is written down.
import { Switch } from '@fluentui/react-components';
import { useMutation } from '@tanstack/react-query';
import { api, type User } from '../api';
import { useMayChange, useSession } from '../app/session';
import { Card } from '../shared/Card';
import { ProblemBar } from '../shared/ProblemBar';
import { useRefreshUsers } from './userQuery';

export function CardAuditing({ user }: { user: User }) {
  const refresh = useRefreshUsers();
  const { role } = useSession();
  const mayChange = useMayChange()(user.role) && (role === 'administrator' || role === 'owner');
  const change = useMutation({
    mutationFn: (cardAuditing: boolean) =>
      api.patch('/users/{id}', { path: { id: user.id }, body: { cardAuditing }, ifMatch: user.version }),
    onSuccess: refresh,
  });
  return (
    <Card
      title="Record of card use"
      description={`When it is on, the activity says at which sites ${user.displayName} registers and uses a card, and at which workstation.`}
    >
      <Switch
        checked={change.isPending ? change.variables : user.cardAuditing}
        disabled={!mayChange}
        label={user.cardAuditing ? 'Card use is recorded' : 'Card use is not recorded'}
        onChange={(_, { checked }) => change.mutate(checked)}
      />
      <ProblemBar error={change.error} />
    </Card>
  );
}
