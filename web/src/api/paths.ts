// What each path of /api/v1 takes and answers, as the server's document says. schema.d.ts is
// generated from it (`make generate`); a test fails when the two drift.
export type { paths } from './schema';

export interface Paging {
  limit?: number;
  cursor?: string;
  sort?: string;
}
