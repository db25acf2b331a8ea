import type { OpenAPIObject } from '@nestjs/swagger';
import { METHODS } from './document';

/** A path of the document as an expression: a parameter is one segment. */
const expressionOf = (path: string): RegExp => {
  const segments = path.split('/').map((s) => (/^\{.*\}$/.test(s) ? '[^/]+' : s.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')));
  return new RegExp(`^${segments.join('/')}/?$`);
};

/**
 * The methods that can be used at an address, by what the interface describes; none where there is nothing at all.
 * @param paths `paths` of the OpenAPI document.
 */
export const allowedMethods = (paths: OpenAPIObject['paths']): ((path: string) => readonly string[]) => {
  const routes = Object.entries(paths).map(([path, item]) => {
    const methods = METHODS.filter((m) => item[m]).map((m) => m.toUpperCase());
    return { expression: expressionOf(path), methods: methods.includes('GET') ? [...methods, 'HEAD'] : methods };
  });
  return (path) => [...new Set(routes.filter((r) => r.expression.test(path)).flatMap((r) => r.methods))].sort();
};
