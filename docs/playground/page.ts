/** The page: reads the form while you type, and shows the result. */

import type { Explanation } from '../../src/explain/explanation.ts';
import { algorithmsFor, explainPasted } from './explain-pasted.ts';
import { type OptionName, optionNames, readOptions } from './form-options.ts';
import {
  type PastedKey,
  PastedKeyError,
  readPastedKey,
  type SecretEncoding,
} from './pasted-key.ts';
import { renderDetails, renderOutcome } from './render-result.ts';
import { minBitsOf, tooLongFor, webNames } from './web-algorithms.ts';

const PAUSE_MS = 150;

function byId<Type extends HTMLElement>(id: string): Type {
  return document.getElementById(id) as Type;
}

const form = byId<HTMLFormElement>('form');
const token = byId<HTMLTextAreaElement>('token');
const key = byId<HTMLTextAreaElement>('key');
const encoding = byId<HTMLSelectElement>('encoding');
const result = byId('result');
const outcome = byId('outcome');
const details = byId('details');
const fields = optionNames.map((name) => [name, byId<HTMLInputElement>(name)] as const);

const boxes = webNames.map((name) => {
  const box = document.createElement('input');
  box.type = 'checkbox';
  box.value = name;
  const label = document.createElement('label');
  label.append(box, name);
  byId('algorithms').append(label);
  return box;
});

/** Puts a remark under a field. It is an error if the field cannot be used. */
function note(id: string, text: string, isError = false): void {
  const element = byId(`${id}-note`);
  element.textContent = text;
  element.classList.toggle('error', isError);
  byId(id).setAttribute('aria-invalid', String(isError));
}

async function readKey(): Promise<PastedKey | undefined> {
  try {
    return await readPastedKey(key.value, encoding.value as SecretEncoding);
  } catch (error) {
    if (!(error instanceof PastedKeyError)) throw error;
    if (error.isPrivate) key.value = '';
    throw error;
  }
}

/** Counts the runs: a slower one must not overwrite the result of a later one. */
let latest = 0;

async function update(): Promise<void> {
  const run = ++latest;
  result.setAttribute('aria-busy', 'true');
  const values = Object.fromEntries(fields.map(([name, { value }]) => [name, value]));
  const ticked = boxes.filter(({ checked }) => checked).map(({ value }) => value);
  const { options, problems } = readOptions(values as Record<OptionName, string>, ticked);
  let pasted: PastedKey | undefined;
  let problem: string | undefined;
  let explanation: Explanation | undefined;
  const text = token.value;
  try {
    pasted = await readKey();
    explanation = text === '' ? undefined : await explainPasted(text, pasted, options);
  } catch (error) {
    if (!(error instanceof PastedKeyError)) throw error;
    problem = `The key ${error.message}`;
    explanation = text === '' ? undefined : await explainPasted(text, undefined, options);
  }
  if (run !== latest) return;
  for (const [name] of fields) {
    const text = problems.get(name);
    note(name, text ?? '', text !== undefined);
  }
  note(
    'key',
    problem ??
      (pasted
        ? describeKey(pasted, options.algorithms !== undefined, algorithmsFor(pasted, options))
        : ''),
    problem !== undefined,
  );
  byId('encoding-field').hidden = pasted !== undefined && pasted.keys[0]?.material.format !== 'raw';
  show(explanation);
  result.setAttribute('aria-busy', 'false');
}

type Names = ReturnType<typeof algorithmsFor>;

function describeKey({ keys, description }: PastedKey, isNamed: boolean, names: Names): string {
  const texts = [`${description}.`];
  if (!isNamed) texts.push(`Allows ${names.join(', ')}.`);
  const [weak] = keys.flatMap((key) => tooLongFor(key, names));
  if (weak) {
    texts.push(
      `${weak} needs ${minBitsOf(weak)} bits: createVerifier rejects this key without allowInsecureKeySizes.`,
    );
  }
  if (keys[0]?.type === 'secret' && /\s$/.test(key.value) && encoding.value === 'text') {
    texts.push('It ends with white space, which counts.');
  }
  return texts.join(' ');
}

function show(explanation: Explanation | undefined): void {
  byId('empty').hidden = explanation !== undefined;
  if (!explanation) {
    outcome.replaceChildren();
    details.replaceChildren();
    return;
  }
  const isOpen = details.querySelector<HTMLDetailsElement>('#json')?.open ?? false;
  outcome.replaceChildren(renderOutcome(explanation));
  details.replaceChildren(...renderDetails(explanation));
  (details.querySelector('#json') as HTMLDetailsElement).open = isOpen;
}

let timer: ReturnType<typeof setTimeout> | undefined;
form.addEventListener('input', () => {
  clearTimeout(timer);
  timer = setTimeout(update, PAUSE_MS);
});
form.addEventListener('change', () => {
  clearTimeout(timer);
  void update();
});
form.addEventListener('reset', () => setTimeout(update));
form.addEventListener('submit', (event) => event.preventDefault());

/** Signed on 2025-11-24 for 15 minutes. */
byId('example').addEventListener('click', () => {
  form.reset();
  token.value =
    'eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiJhZGEiLCJzY29wZSI6Im9yZGVyczpyZWFkIiwiaWF0IjoxNzYzOTg1NjAwLCJleHAiOjE3NjM5ODY1MDAsImF1ZCI6IndlYiIsImlzcyI6Imh0dHBzOi8vaWQuZXhhbXBsZSJ9.IJ9cHmPoi2ZKUZXZY3MbrQdtR8ayMHkJg-dNluDBEqA';
  key.value = 'the secret of the example, 32 bytes';
  byId<HTMLInputElement>('audience').value = 'api';
  void update();
});

/** What the reader chose in the other pages of the site. */
function applyAppearance(): void {
  try {
    const choice = localStorage.getItem('vitepress-theme-appearance');
    if (choice === 'dark' || choice === 'light') document.documentElement.classList.add(choice);
  } catch {
    // Storage is switched off.
  }
}

applyAppearance();
// On a phone, the result is to be near the token.
byId<HTMLDetailsElement>('rules').open = window.innerWidth >= 960;
if (location.protocol === 'file:') byId('home').removeAttribute('href');
if (globalThis.crypto?.subtle) void update();
else byId('insecure').hidden = false;
