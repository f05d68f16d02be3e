/** What a call came to, in a form in which two libraries can be compared. */

import { isDeepStrictEqual } from 'node:util';
import jsonwebtoken from 'jsonwebtoken';
import { decode, sign, verify } from '../../src/index.ts';

/** The calls both libraries have, open to arguments of any kind. */
export interface Library {
  sign(...args: readonly unknown[]): unknown;
  verify(...args: readonly unknown[]): unknown;
  decode(...args: readonly unknown[]): unknown;
}

export const theirs = jsonwebtoken as unknown as Library;
export const ours = { sign, verify, decode } as unknown as Library;

export interface Failure {
  /** The names along the prototype chain, the own class first. */
  readonly classes: string;
  readonly name: string;
  readonly message: string;
  readonly json: string;
}

export type Outcome = { readonly value: unknown } | { readonly error: Failure };

export function outcomeOf(call: () => unknown): Outcome {
  try {
    return { value: call() };
  } catch (error) {
    return failed(error);
  }
}

export function failed(error: unknown): Outcome {
  if (!(error instanceof Error)) throw error;
  const { name, message } = error;
  return { error: { classes: classesOf(error), name, message, json: JSON.stringify(error) } };
}

function classesOf(error: Error): string {
  const names: string[] = [];
  let prototype = Object.getPrototypeOf(error);
  while (prototype && prototype !== Object.prototype) {
    names.push(prototype.constructor.name);
    prototype = Object.getPrototypeOf(prototype);
  }
  return names.join(' < ');
}

/** `TypeError: its message`; undefined for a success. */
export function messageOf(outcome: Outcome): string | undefined {
  if (!('error' in outcome)) return undefined;
  return `${outcome.error.classes.split(' ')[0]}: ${outcome.error.message}`;
}

/** Equal to the order of members and the enumerable fields of an error. */
export function same(a: Outcome, b: Outcome): boolean {
  return isDeepStrictEqual(a, b) && JSON.stringify(a) === JSON.stringify(b);
}
