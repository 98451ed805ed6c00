// What each path of /api/v1 takes and answers, in the shape that openapi-typescript writes.
import type * as t from './types';

/** One operation: P path parameters, Q query, B body, A answer. */
interface Op<A, P = never, Q = never, B = never> {
  parameters: { path: P; query?: Q };
  requestBody: { content: { 'application/json': B } };
  responses: { 200: { content: { 'application/json': A } } };
}
type Empty = Record<string, never>;
type Nothing = undefined;
type Id = { id: string };
type Token = { token: string };
type Finish = { ceremonyId: string; credential: t.CredentialJSON };

export interface Paging {
  limit?: number;
  cursor?: string;
  sort?: string;
}

export interface paths {
  '/instance': { get: Op<t.Instance> };
  '/setup/inspect': { post: Op<{ expiresAt: string }, never, never, Token> };
  '/setup/options': {
    post: Op<t.CreationCeremony, never, never, Token & { organisationName: string; email: string; displayName: string }>;
  };
  '/setup/finish': { post: Op<t.Session, never, never, Token & Finish> };
  '/registrations/inspect': { post: Op<t.RegistrationInvitation, never, never, Token> };
  '/registrations/options': { post: Op<t.CreationCeremony, never, never, Token> };
  '/registrations/finish': { post: Op<{ key: t.KeyRef; model: string | null }, never, never, Token & Finish> };
  '/signin/options': { post: Op<t.RequestCeremony, never, never, Empty> };
  '/signin/finish': { post: Op<t.Session, never, never, Finish> };

  '/session': { get: Op<t.Session>; delete: Op<Nothing> };
  '/session/step-up/options': { post: Op<t.RequestCeremony, never, never, Empty> };
  '/session/step-up/finish': { post: Op<t.Session, never, never, Finish> };

  '/users': {
    get: Op<t.List<t.UserItem>, never, t.UserFilter & Paging>;
    post: Op<{ user: t.User; registration: t.Registration | null }, never, never, t.NewUser>;
  };
  '/users/count': { get: Op<{ count: number; exact: boolean }, never, t.UserFilter> };
  '/users/availability': { get: Op<t.Availability, never, { userName?: string; email?: string }> };
  '/users/{id}': { get: Op<t.User, Id>; patch: Op<t.User, Id, never, t.Profile>; delete: Op<Nothing, Id> };
  '/users/{id}/disable': { post: Op<t.User, Id> };
  '/users/{id}/enable': { post: Op<t.User, Id> };
  '/users/{id}/keys': {
    get: Op<t.List<t.Key>, Id, Paging>;
    post: Op<{ key: t.Key; registration: t.Registration }, Id, never, { kind: 'hardwareKey'; name?: string; note?: string }>;
  };
  '/users/{id}/credentials': { get: Op<t.List<t.Credential>, Id, Paging> };
  '/users/{id}/groups': { get: Op<t.List<t.GroupOfUser>, Id, Paging> };
  '/users/{id}/groups/{groupId}': {
    put: Op<Nothing, Id & { groupId: string }>;
    delete: Op<Nothing, Id & { groupId: string }>;
  };

  '/groups': {
    get: Op<t.List<t.Group>, never, { q?: string; type?: string } & Paging>;
    post: Op<t.Group, never, never, { name: string; description?: string; role?: t.Role; memberIds?: string[] }>;
  };
  '/groups/{id}': {
    get: Op<t.Group, Id>;
    patch: Op<t.Group, Id, never, { name?: string; description?: string | null; role?: t.Role | null }>;
    delete: Op<Nothing, Id>;
  };
  '/groups/{id}/members': {
    get: Op<t.List<t.UserItem>, Id, { q?: string } & Paging>;
    post: Op<{ added: number; removed: number }, Id, never, { add?: string[]; remove?: string[] }>;
  };

  '/keys': { get: Op<t.List<t.Key>, never, { q?: string; kind?: string; state?: string; userId?: string } & Paging> };
  '/keys/{id}': { get: Op<t.Key, Id>; patch: Op<t.Key, Id, never, { name: string }> };
  '/keys/{id}/resend': { post: Op<t.Registration, Id, never, { note?: string }> };
  '/keys/{id}/cancel': { post: Op<t.Key, Id, never, Empty> };
  '/keys/{id}/suspend': { post: Op<t.Key, Id, never, Empty> };
  '/keys/{id}/resume': { post: Op<t.Key, Id, never, Empty> };
  '/keys/{id}/revoke': { post: Op<t.Key, Id, never, { reason: t.RevokeReason }> };

  '/activity': { get: Op<t.List<t.ActivityEntry>, never, t.ActivityFilter & Paging> };
  '/activity/actions': { get: Op<string[]> };

  '/settings': {
    get: Op<t.Settings>;
    patch: Op<t.Settings, never, never, Partial<Omit<t.Settings, 'version'>>>;
  };
  '/settings/mail': { get: Op<t.MailState> };
  '/settings/mail/test': { post: Op<{ queued: boolean }, never, never, Empty> };
  '/settings/about': { get: Op<t.About> };
  '/api-keys': {
    get: Op<t.List<t.ApiKey>>;
    post: Op<{ apiKey: t.ApiKey; secret: string }, never, never, { name: string; role: t.Role; expiresInDays: number }>;
  };
  '/api-keys/{id}': { delete: Op<Nothing, Id> };
  '/alerts': { get: Op<t.List<t.Alert>> };
  '/alerts/{id}': { delete: Op<Nothing, Id> };
  '/dashboard': { get: Op<t.Dashboard> };

  '/me': {
    get: Op<t.Me>;
    patch: Op<t.User, never, never, { displayName?: string; phone?: string | null; preferredLanguage?: string | null }>;
  };
  '/me/keys/{id}': { patch: Op<t.Key, Id, never, { name: string }> };
  '/me/keys/{id}/report-lost': { post: Op<t.Key, Id, never, Empty> };
  '/me/sign-ins': { get: Op<t.List<t.SignIn>, never, Paging> };
}
