import type { OpenAPIObject } from '@nestjs/swagger';

const TIMEOUT_MS = 5_000;

/** The operations and schemas of several documents in the first one; what several have is described by the first. */
const mergeDocuments = (own: OpenAPIObject, others: readonly OpenAPIObject[]): OpenAPIObject => {
  const paths: OpenAPIObject['paths'] = {};
  const schemas: NonNullable<NonNullable<OpenAPIObject['components']>['schemas']> = {};
  for (const document of [...others, own]) {
    for (const [path, item] of Object.entries(document.paths)) paths[path] = { ...paths[path], ...item };
    Object.assign(schemas, document.components?.schemas);
  }
  return { ...own, paths, components: { ...own.components, schemas } };
};

const documentOf = async (url: string): Promise<OpenAPIObject> => {
  const response = await fetch(`${url.replace(/\/+$/, '')}/api/openapi.json`, { signal: AbortSignal.timeout(TIMEOUT_MS) });
  if (!response.ok) throw new Error(`${url} answered ${response.status}`);
  return (await response.json()) as OpenAPIObject;
};

/**
 * The interface of all services behind one address, described by one of them: the others are asked for their part when
 * somebody asks for the whole. One that does not answer is described as it was when it last did.
 */
export const wholeDocument = (own: OpenAPIObject, urls: readonly string[]): (() => Promise<OpenAPIObject>) => {
  const known = new Map<string, OpenAPIObject>();
  return async () => {
    await Promise.all(
      urls.map((url) =>
        documentOf(url).then(
          (document) => known.set(url, document),
          () => undefined,
        ),
      ),
    );
    return mergeDocuments(own, [...known.values()]);
  };
};
