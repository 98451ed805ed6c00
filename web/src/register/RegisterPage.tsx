// Where a registration link leads. Opening it uses nothing up; only the finished ceremony does.
import { useLinkToken } from '../shared/useLinkToken';
import { Registration } from './Registration';

export function RegisterPage() {
  const { token, forget } = useLinkToken('register');
  // Another link in the same tab starts over.
  return <Registration key={token} token={token} forget={forget} />;
}
