// PHP's values in JSON: a list with a gap is an object, an empty map is a list, numbers may come as text. Pure.
import { z } from "zod";

/** A list, also where filtering left a gap in it. */
export const phpList = <T extends z.ZodType>(item: T) =>
  z.union([z.array(item), z.record(z.string(), item).transform((map) => Object.values(map))]);

/** A map; an empty one is written as a list. */
export const phpMap = <T extends z.ZodType>(item: T) =>
  z.union([
    z.record(z.string(), item),
    z.array(z.unknown()).transform((): Record<string, z.output<T>> => ({})),
  ]);

/** A whole number from 0. */
export const phpId = z
  .union([z.number(), z.string().regex(/^\d{1,15}$/)])
  .transform(Number)
  .pipe(z.number().int().nonnegative());

/** The id of something that exists. */
export const realId = phpId.pipe(z.number().positive());

/** Text; "" where there is none. */
export const phpText = z
  .union([z.string(), z.number().transform(String)])
  .nullish()
  .catch(undefined)
  .transform((text) => text ?? "");
