import type { ErrorObject, ValidateFunction } from 'ajv';
import Ajv from 'ajv';
import addFormats from 'ajv-formats';
import type { PublicEventType } from './catalogue';
import { PUBLIC_EVENTS } from './catalogue';
import type { Schema } from './fields';
import { schemaOf } from './fields';

/** The data of an event do not follow its contract: a fault of Quadra. The message names the fields, never their values. */
export class PublicEventInvalid extends Error {
  override readonly name = 'PublicEventInvalid';
}

const isSchema = (value: unknown): value is Schema => typeof value === 'object' && value !== null && !Array.isArray(value);

/** Readers must accept fields they do not know; whoever publishes must not write any: what no schema names could be personal. */
const closed = (schema: Schema): Schema => {
  const properties = isSchema(schema['properties']) ? schema['properties'] : undefined;
  return {
    ...schema,
    ...(isSchema(schema['items']) && { items: closed(schema['items']) }),
    ...(properties && {
      additionalProperties: false,
      properties: Object.fromEntries(Object.entries(properties).map(([name, inner]) => [name, closed(inner as Schema)])),
    }),
  };
};

let compiled: ReadonlyMap<PublicEventType, ValidateFunction> | undefined;

const validators = (): ReadonlyMap<PublicEventType, ValidateFunction> => {
  if (compiled) return compiled;
  const ajv = new Ajv({ strict: true, allowUnionTypes: true });
  addFormats(ajv, { mode: 'fast', formats: ['date', 'date-time', 'int32', 'int64'] });
  const types = Object.keys(PUBLIC_EVENTS) as PublicEventType[];
  compiled = new Map(types.map((type) => [type, ajv.compile(closed(schemaOf(PUBLIC_EVENTS[type].data)))]));
  return compiled;
};

const placeOf = (e: ErrorObject): string => `${e.instancePath || '/'} ${e.message ?? e.keyword}`;

/** @throws PublicEventInvalid when the data are not those of the type's schema, or hold a field that it does not name. */
export const assertPublicEvent = (type: PublicEventType, data: unknown): void => {
  const validate = validators().get(type)!;
  if (!validate(data)) throw new PublicEventInvalid(`${type} breaks its contract: ${(validate.errors ?? []).map(placeOf).join(', ')}`);
};
