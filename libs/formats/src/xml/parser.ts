import { SaxesParser } from 'saxes';
import { FormatError } from '../intake';

export const XML_LIMITS = {
  /** Elements inside one another. */
  depth: 64,
  /** Characters in the text of one element, an attribute value, a comment. */
  text: 64 * 1024,
  attributes: 64,
  name: 256,
  /** Different element paths in one document. */
  paths: 4096,
} as const;

/**
 * What a reader wants to hear. A path is made of local names (prefixes are ignored) inside the root element, joined by
 * `/`; the root itself is `''`. Lines count from 1.
 */
export interface XmlHandlers {
  /** Local names that may be the root, wherever it stands (as in a SOAP envelope). Absent: the document element. */
  readonly roots?: readonly string[];
  /** `name` is the local name of the element. */
  openElement?(path: string, line: number, name: string): void;
  /** The text of an element without child elements, as written (also `''`), with the line where the element began. */
  text?(path: string, value: string, line: number): void;
  closeElement?(path: string, line: number): void;
}

/** One element path; each is built once, so an element costs a map lookup and no string. */
interface PathNode {
  readonly path: string;
  readonly name: string;
  readonly inside: boolean;
  readonly parent: PathNode | undefined;
  readonly children: Map<string, PathNode>;
}

/** The paths of documents with the same roots: an archive holds thousands of small documents of a few dozen paths, always the same. */
interface PathTree {
  readonly top: PathNode;
  size: number;
}

/** A tree that strange documents have blown up is not kept for the next one. */
const KEPT_PATHS = 512;

const trees = new Map<string, PathTree>();

const treeFor = (roots: string): PathTree => {
  const known = trees.get(roots);
  if (known && known.size <= KEPT_PATHS) return known;
  const top: PathNode = { path: '', name: '', inside: false, parent: undefined, children: new Map() };
  const tree = { top, size: 0 };
  trees.set(roots, tree);
  return tree;
};

const localName = (name: string): string => name.slice(name.indexOf(':') + 1);

/** A push parser for one document: `write` the text piece by piece, then `end`. Everything it throws is a FormatError. */
export class XmlParser {
  private readonly parser = new SaxesParser();
  private readonly tree: PathTree;
  private node: PathNode;
  /** What this document holds of the tree. */
  private readonly seen = new Set<PathNode>();
  private depth = 0;
  private attributes = 0;
  private textValue = '';
  /** The open element has no child so far, so its text counts. */
  private leaf = false;
  private leafLine = 1;
  private sinceEvent = 0;
  private rootSeen = false;

  constructor(private readonly handlers: XmlHandlers) {
    const { parser } = this;
    this.tree = treeFor(handlers.roots?.join() ?? '');
    this.node = this.tree.top;
    // At most seven handlers: saxes stores them by computed name, and from the eighth on V8 makes the parser a dictionary,
    // which reads five times slower. So errors are caught where they are thrown, and instructions measured by `sinceEvent`.
    parser.on('doctype', () => {
      throw this.fail('XML_DOCTYPE', 'A document type declaration (DOCTYPE) is not allowed');
    });
    parser.on('opentagstart', (tag) => this.open(tag.name));
    parser.on('attribute', (attribute) => this.attribute(attribute.name, attribute.value));
    parser.on('text', (text) => this.addText(text));
    parser.on('cdata', (text) => this.addText(text));
    parser.on('closetag', () => this.close());
    parser.on('comment', (text) => this.measure(text));
  }

  write(text: string): void {
    for (let at = 0; at < text.length; at += XML_LIMITS.text) {
      const piece = text.length <= XML_LIMITS.text ? text : text.slice(at, at + XML_LIMITS.text);
      this.sinceEvent += piece.length;
      this.run(() => this.parser.write(piece));
      // A single token that never ends would grow in memory before any handler could measure it.
      if (this.sinceEvent > 2 * XML_LIMITS.text) throw this.tooLong();
    }
  }

  /** @throws FormatError when the document ended too early, or holds none of the wanted roots. */
  end(): void {
    this.run(() => this.parser.close());
    if (!this.rootSeen) throw this.fail('XML_ROOT', `The document holds no element ${(this.handlers.roots ?? []).join(' or ')}`);
  }

  get line(): number {
    return this.parser.line;
  }

  private run(step: () => void): void {
    try {
      step();
    } catch (error) {
      throw error instanceof FormatError ? error : this.malformed(error);
    }
  }

  private open(name: string): void {
    this.sinceEvent = 0;
    this.attributes = 0;
    this.depth++;
    if (this.depth > XML_LIMITS.depth) throw this.fail('XML_DEPTH', `Elements are nested deeper than ${XML_LIMITS.depth}`);
    const node = (this.node = this.node.children.get(name) ?? this.addPath(name));
    this.seen.add(node);
    if (this.seen.size > XML_LIMITS.paths) throw this.fail('XML_PATHS', `More than ${XML_LIMITS.paths} different elements`);
    this.textValue = '';
    this.leaf = true;
    if (!node.inside) return;
    this.rootSeen = true;
    this.leafLine = this.parser.line;
    this.handlers.openElement?.(node.path, this.leafLine, node.name);
  }

  private addPath(written: string): PathNode {
    if (written.length > XML_LIMITS.name) throw this.tooLong();
    const name = Buffer.from(written).toString(); // a copy: the parser's own is a view that keeps its whole piece of the document
    const parent = this.node;
    const local = localName(name);
    const { roots } = this.handlers;
    const isRoot = !parent.inside && (roots === undefined ? this.depth === 1 : roots.includes(local));
    const path = !parent.inside ? '' : parent.path === '' ? local : `${parent.path}/${local}`;
    const node: PathNode = { path, name: local, inside: parent.inside || isRoot, parent, children: new Map() };
    parent.children.set(name, node);
    this.tree.size++;
    return node;
  }

  private close(): void {
    this.sinceEvent = 0;
    this.depth--;
    const { node, leaf, textValue } = this;
    this.node = node.parent!;
    this.leaf = false;
    this.textValue = '';
    if (!node.inside) return;
    if (leaf) this.handlers.text?.(node.path, textValue, this.leafLine);
    this.handlers.closeElement?.(node.path, this.parser.line);
  }

  private addText(text: string): void {
    this.measure(text);
    if (!this.leaf) return;
    this.textValue = this.textValue === '' ? text : this.textValue + text;
    if (this.textValue.length > XML_LIMITS.text) throw this.tooLong();
  }

  private attribute(name: string, value: string): void {
    this.measure(value);
    if (name.length > XML_LIMITS.name) throw this.tooLong();
    if (++this.attributes > XML_LIMITS.attributes)
      throw this.fail('XML_ATTRIBUTES', `An element has more than ${XML_LIMITS.attributes} attributes`);
  }

  private measure(text: string): void {
    this.sinceEvent = 0;
    if (text.length > XML_LIMITS.text) throw this.tooLong();
  }

  private tooLong(): FormatError {
    return this.fail('XML_TOO_LONG', `A name is longer than ${XML_LIMITS.name} or a text longer than ${XML_LIMITS.text} characters`);
  }

  /** What is not an error of saxes is a bug of a handler and passes unchanged. */
  private malformed(error: unknown): unknown {
    const ofSaxes = error instanceof Error && error.constructor === Error;
    const message = ofSaxes ? /^\d+:\d+: (.*)$/s.exec(error.message)?.[1] : undefined;
    if (message === undefined) return error;
    if (/undefined entity|entity name/.test(message)) return this.fail('XML_ENTITY', 'Only the five predefined entities are allowed');
    return this.fail('XML_MALFORMED', `Not well-formed XML: ${message.slice(0, 200)}`);
  }

  private fail(code: string, message: string): FormatError {
    return new FormatError(code, message, this.parser.line);
  }
}
