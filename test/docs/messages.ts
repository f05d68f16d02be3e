/** Collects the message of every error in `src`, with `…` for what varies, by evaluating its expressions. */

import ts from 'typescript';
import { root } from './pages.ts';

/** Their results describe what a caller passed, or the runtime. */
const DESCRIPTIONS = new Set(['typeNameOf', 'option.typeNameOf', 'runtimeName']);

/** As TypeScript writes it on Windows, too. */
const SOURCES = `${root.replaceAll('\\', '/')}/src`;

/** `'ERR_KEY_WEAK'` → the messages that errors of this code can have. */
export function messagesByCode(): Map<string, Set<string>> {
  const config = ts.readConfigFile(`${root}/tsconfig.json`, ts.sys.readFile).config as {
    compilerOptions: object;
  };
  const files = ts.sys.readDirectory(SOURCES, ['.ts']);
  const { options } = ts.convertCompilerOptionsFromJson(config.compilerOptions, root);
  const program = ts.createProgram(files, { ...options, noEmit: true });
  return new Messages(program).collect();
}

class Messages {
  readonly #program: ts.Program;
  readonly #checker: ts.TypeChecker;
  /** The calls of each function of `src`, for the values of its parameters. */
  readonly #calls = new Map<ts.Symbol, ts.CallExpression[]>();
  readonly #found = new Map<string, Set<string>>();

  constructor(program: ts.Program) {
    this.#program = program;
    this.#checker = program.getTypeChecker();
  }

  collect(): Map<string, Set<string>> {
    this.#eachNode((node) => {
      const called = ts.isCallExpression(node) && this.#symbolOf(node.expression);
      if (called) this.#calls.set(called, [...(this.#calls.get(called) ?? []), node]);
    });
    this.#eachNode((node) => {
      if (ts.isCallExpression(node) || ts.isNewExpression(node)) this.#collectCall(node);
    });
    return this.#found;
  }

  #eachNode(visit: (node: ts.Node) => void): void {
    const walk = (node: ts.Node) => {
      visit(node);
      ts.forEachChild(node, walk);
    };
    for (const file of this.#program.getSourceFiles()) {
      if (file.fileName.startsWith(`${SOURCES}/`)) walk(file);
    }
  }

  /** A call with a code and then a message makes an error, whatever function it calls. */
  #collectCall(call: ts.CallExpression | ts.NewExpression): void {
    const given = [...(call.arguments ?? [])];
    const [first, second] = given;
    const called = call.expression.getText();
    if (first && called === 'KeySourceError') this.#add(['ERR_KEY_SOURCE'], first);
    if (second && called === 'invalidKey' && given.length === 2) this.#addKeyReasons(second);
    for (const [index, argument] of given.entries()) {
      const message = given[index + 1];
      // A function that passes its own parameters on: its callers have the values.
      if (message && !this.#isParameter(argument)) this.#add(this.#codesOf(argument), message);
    }
  }

  #add(codes: readonly string[], message: ts.Expression): void {
    for (const code of codes) {
      const messages = this.#found.get(code) ?? new Set();
      for (const text of this.#evaluate(message)) if (text !== '…') messages.add(text);
      this.#found.set(code, messages);
    }
  }

  /** Why a key cannot be read: the end of the message of createSigner, and the `cause` of sign. */
  #addKeyReasons(reason: ts.Expression): void {
    const messages = this.#found.get('ERR_KEY_INVALID') ?? new Set();
    for (const text of this.#evaluate(reason)) if (text !== '…') messages.add(text);
    this.#found.set('ERR_KEY_INVALID', messages);
  }

  #codesOf(argument: ts.Expression): string[] {
    const type = this.#checker.getTypeAtLocation(argument);
    const types = type.isUnion() ? type.types : [type];
    const names = types.map((each) => (each.isStringLiteral() ? each.value : ''));
    return names.every((name) => name.startsWith('ERR_')) ? names : [];
  }

  /** Every string that an expression can have; `…` is in the place of what only a caller knows. */
  #evaluate(node: ts.Expression, depth = 0): string[] {
    if (depth > 12) return ['…'];
    const each = (inner: ts.Expression) => this.#evaluate(inner, depth + 1);
    if (ts.isStringLiteralLike(node) || ts.isNumericLiteral(node)) return [node.text];
    if (ts.isTemplateExpression(node)) {
      return node.templateSpans.reduce(
        (texts, span) =>
          texts.flatMap((text) => each(span.expression).map((v) => text + v + span.literal.text)),
        [node.head.text],
      );
    }
    if (ts.isConditionalExpression(node)) return [...each(node.whenTrue), ...each(node.whenFalse)];
    if (ts.isBinaryExpression(node) && /^(\?\?|\|\|)$/.test(node.operatorToken.getText())) {
      return [...each(node.left), ...each(node.right)];
    }
    if (ts.isParenthesizedExpression(node)) return each(node.expression);
    if (ts.isCallExpression(node)) return this.#returnedBy(node, depth);
    const declaration = this.#symbolOf(node)?.valueDeclaration;
    if (declaration && ts.isVariableDeclaration(declaration) && declaration.initializer) {
      return ts.isIdentifier(declaration.name) ? each(declaration.initializer) : ['…'];
    }
    if (declaration && ts.isParameter(declaration)) return this.#argumentsFor(declaration, depth);
    return ['…'];
  }

  #argumentsFor(parameter: ts.ParameterDeclaration, depth: number): string[] {
    const { parent } = parameter;
    const symbol = ts.isFunctionDeclaration(parent) && parent.name && this.#symbolOf(parent.name);
    const given = ((symbol && this.#calls.get(symbol)) || []).flatMap((call) => {
      const argument = call.arguments[parent.parameters.indexOf(parameter)];
      return argument ? this.#evaluate(argument, depth + 1) : [];
    });
    return given.length > 0 ? [...new Set(given)] : ['…'];
  }

  /** What the function of a call returns, if it is one of ours. */
  #returnedBy({ expression }: ts.CallExpression, depth: number): string[] {
    if (DESCRIPTIONS.has(expression.getText())) return ['…'];
    const declaration = this.#symbolOf(expression)?.valueDeclaration;
    if (!declaration || !ts.isFunctionDeclaration(declaration)) return ['…'];
    const texts = returnsOf(declaration.body).flatMap((value) => {
      return this.#isString(value) ? this.#evaluate(value, depth + 1) : [];
    });
    return texts.length > 0 ? [...new Set(texts)] : ['…'];
  }

  #isString(node: ts.Expression): boolean {
    const type = this.#checker.getTypeAtLocation(node);
    return (type.isUnion() ? type.types : [type]).some(
      ({ flags }) => flags & ts.TypeFlags.StringLike,
    );
  }

  #isParameter(node: ts.Expression): boolean {
    const declaration = this.#symbolOf(node)?.valueDeclaration;
    return declaration !== undefined && ts.isParameter(declaration);
  }

  #symbolOf(node: ts.Node): ts.Symbol | undefined {
    const symbol = this.#checker.getSymbolAtLocation(node);
    const isAlias = symbol && symbol.flags & ts.SymbolFlags.Alias;
    return isAlias ? this.#checker.getAliasedSymbol(symbol) : symbol;
  }
}

/** The values that a function returns, without those of functions in it. */
function returnsOf(node: ts.Node | undefined): ts.Expression[] {
  const found: ts.Expression[] = [];
  const walk = (inner: ts.Node) => {
    if (ts.isReturnStatement(inner) && inner.expression) found.push(inner.expression);
    else if (!ts.isFunctionLike(inner)) ts.forEachChild(inner, walk);
  };
  if (node) walk(node);
  return found;
}
