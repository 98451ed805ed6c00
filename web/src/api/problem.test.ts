import { expect, test } from 'vitest';
import { asProblem, fieldMessage, Problem, problemFrom } from './problem';

const document = {
  type: 'urn:keystead:problem:conflict',
  title: 'This user name is taken',
  status: 409,
  detail: 'Choose another user name.',
  code: 'conflict',
  errors: [{ field: 'userName', code: 'taken', message: 'Jane has this user name.', userId: 'u1' }],
  requestId: 'r1',
};

test('a problem document keeps its code, its words and the field at fault', () => {
  const problem = problemFrom(document, 409, null);
  expect(problem).toBeInstanceOf(Problem);
  expect([problem.code, problem.title, problem.detail, problem.requestId]).toEqual([
    'conflict',
    'This user name is taken',
    'Choose another user name.',
    'r1',
  ]);
  expect(problem.forField('userName')).toBe('Jane has this user name.');
  expect(problem.forField('email')).toBeUndefined();
  expect(problem.concerns(['email', 'userName'])).toBe(true);
  expect(fieldMessage(problem, 'userName')).toBe('Jane has this user name.');
  expect(fieldMessage(null, 'userName')).toBeUndefined();
});

test.each([
  ['<html>Bad gateway</html>', 502, 'Keystead has a fault'],
  [undefined, 500, 'Keystead has a fault'],
  [null, 400, 'The request was refused'],
  [{ message: 'odd' }, 404, 'The request was refused'],
])('an answer that is no problem document (%j, %d) is still told in words', (body, status, title) => {
  const problem = problemFrom(body, status, null);
  expect([problem.title, problem.code, problem.status]).toEqual([title, 'unknown', status]);
  expect(problem.detail).not.toBe('');
});

test.each([
  ['30', 30],
  ['0.4', 1],
  ['Wed, 21 Oct 2026 07:28:00 GMT', null],
  [null, null],
])('Retry-After %j means %j seconds', (header, seconds) => {
  expect(problemFrom(document, 429, header).retryAfter).toBe(seconds);
});

test('whatever is thrown becomes a problem', () => {
  const problem = problemFrom(document, 409, null);
  expect(asProblem(problem)).toBe(problem);
  expect(asProblem(new Error('odd')).detail).toBe('odd');
  expect(asProblem('odd').title).toBe('Something went wrong');
});
