// Where Microsoft sends the administrator back to. What came along is passed on once; whether it is
// believed is decided by the server, which asks Microsoft itself.
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { useEffect, useRef } from 'react';
import { api } from '../api';
import { Card } from '../shared/Card';
import { ButtonLink } from '../shared/links';
import { PageHeader } from '../shared/PageHeader';
import { EmptyState, ErrorState, SkeletonLines } from '../shared/states';
import { useToast } from '../shared/toast';
import type { Answer } from './connection';
import { entraQuery } from './entraQuery';

const route = getRouteApi('/shell/integrations/entra/callback');

export function CallbackPage() {
  const { answer } = route.useLoaderData();
  const navigate = useNavigate();
  const queries = useQueryClient();
  const toast = useToast();
  const passedOn = useRef(false);
  const { mutate, error } = useMutation({
    mutationFn: (given: Answer) => api.post('/integrations/entra/authorize/finish', { body: given }),
    onSuccess: (connection) => {
      queries.setQueryData(entraQuery.queryKey, connection);
      if (connection.state === 'working') toast.success('Entra ID is connected', connection.tenantName ?? undefined);
      void navigate({ to: '/integrations/entra', replace: true });
    },
  });
  useEffect(() => {
    if (!answer || passedOn.current) return;
    passedOn.current = true;
    mutate(answer);
  }, [answer, mutate]);
  return (
    <>
      <PageHeader title="Microsoft Entra ID" />
      <Card>
        {error ? (
          <>
            <ErrorState error={error} />
            <Back />
          </>
        ) : answer ? (
          <SkeletonLines lines={3} label="Microsoft’s answer is being checked" />
        ) : (
          <EmptyState illustration="cloud" title="There is no answer from Microsoft here" actions={<Back />}>
            Begin on the page of the connection, with Authorize.
          </EmptyState>
        )}
      </Card>
    </>
  );
}

function Back() {
  return (
    <ButtonLink to="/integrations/entra" replace>
      To the connection
    </ButtonLink>
  );
}
