// import { api, Problem, type User } from '../api'
export { api, connectShell, downloadUrl, upload } from './client';
export type { Paging } from './paths';
export { Problem, asProblem, fieldMessage } from './problem';
export type * from './types';
