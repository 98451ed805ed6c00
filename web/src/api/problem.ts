// What went wrong, as one error type: the server's problem documents, and the two things that
// happen without a server (no connection; an answer that is no problem document).
import type { FieldError, ProblemDocument } from './types';

export class Problem extends Error {
  readonly code: string;
  readonly status: number;
  readonly title: string;
  readonly detail: string;
  readonly errors: FieldError[];
  readonly requestId: string | null;
  /** Seconds to wait, when the server said so (429, 503). */
  readonly retryAfter: number | null;

  constructor(document: Partial<ProblemDocument>, status: number, retryAfter: number | null = null) {
    const title = document.title ?? 'Something went wrong';
    const detail = document.detail ?? 'Please try again. If it happens again, tell the person who runs Keystead.';
    super(`${title}: ${detail}`);
    this.name = 'Problem';
    this.code = document.code ?? 'unknown';
    this.status = status;
    this.title = title;
    this.detail = detail;
    this.errors = document.errors ?? [];
    this.requestId = document.requestId ?? null;
    this.retryAfter = retryAfter;
  }

  /** The message for one field, if that field is at fault. */
  forField(field: string): string | undefined {
    return this.errors.find((error) => error.field === field)?.message;
  }

  /** Whether any of `fields` is named by this problem; the rest belongs in a message bar. */
  concerns(fields: readonly string[]): boolean {
    return this.errors.some((error) => fields.includes(error.field));
  }

  static unreachable(): Problem {
    return new Problem(
      {
        code: 'unreachable',
        title: 'Keystead can’t be reached',
        detail: 'Check your network connection, then try again.',
      },
      0,
    );
  }
}

/** Reads whatever an unsuccessful answer carried: a problem document, or anything else. */
export function problemFrom(body: unknown, status: number, retryAfterHeader: string | null): Problem {
  const seconds = retryAfterHeader === null ? Number.NaN : Number(retryAfterHeader);
  const retryAfter = Number.isFinite(seconds) && seconds >= 0 ? Math.ceil(seconds) : null;
  if (typeof body === 'object' && body !== null && 'code' in body) {
    return new Problem(body as Partial<ProblemDocument>, status, retryAfter);
  }
  const title = status >= 500 ? 'Keystead has a fault' : 'The request was refused';
  return new Problem({ code: 'unknown', title }, status, retryAfter);
}

/** Any thrown thing as a Problem, so that every error is shown in the same way. */
export function asProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof Error && error.message) return new Problem({ code: 'client', detail: error.message }, 0);
  return new Problem({ code: 'client' }, 0);
}

/** The message for a field, whether or not there is a problem. For `validationMessage` of a Field. */
export function fieldMessage(error: unknown, field: string): string | undefined {
  return error instanceof Problem ? error.forField(field) : undefined;
}
