import { Aggregator } from 'mingo/aggregator';
import { Context } from 'mingo/core';
import {
  $addToSet,
  $avg,
  $count,
  $first as $firstOf,
  $last as $lastOf,
  $max,
  $min,
  $push,
  $sum,
} from 'mingo/operators/accumulator';
import { $arrayElemAt, $first, $in, $last, $size } from 'mingo/operators/expression/array';
import * as logic from 'mingo/operators/expression/boolean';
import * as comparisons from 'mingo/operators/expression/comparison';
import * as conditionals from 'mingo/operators/expression/conditional';
import * as stages from 'mingo/operators/pipeline';
import * as arrayQueries from 'mingo/operators/query/array';
import * as comparisonQueries from 'mingo/operators/query/comparison';
import * as elementQueries from 'mingo/operators/query/element';
import { $mod, $regex } from 'mingo/operators/query/evaluation';
import * as logicQueries from 'mingo/operators/query/logical';
import { Query } from 'mingo/query';
import type { AnyObject, Options } from 'mingo/types';
import { CommandError } from '../wire/command-error.js';
import { isObject } from './arguments.js';

/** What of MongoDB's language is spoken: nothing that runs a client's code, writes, or makes much out of little. */
export const LANGUAGE = {
  query: {
    ...arrayQueries,
    ...comparisonQueries,
    ...elementQueries,
    ...logicQueries,
    $mod,
    $regex,
  },
  pipeline: {
    $addFields: stages.$addFields,
    $count: stages.$count,
    $group: stages.$group,
    $limit: stages.$limit,
    $lookup: stages.$lookup,
    $match: stages.$match,
    $project: stages.$project,
    $replaceRoot: stages.$replaceRoot,
    $replaceWith: stages.$replaceWith,
    $set: stages.$set,
    $skip: stages.$skip,
    $sort: stages.$sort,
    $unset: stages.$unset,
    $unwind: stages.$unwind,
  },
  accumulator: { $addToSet, $avg, $count, $first: $firstOf, $last: $lastOf, $max, $min, $push, $sum },
  expression: { ...logic, ...comparisons, ...conditionals, $arrayElemAt, $first, $in, $last, $size },
};

const context = Context.init(LANGUAGE);

const OPTIONS: Partial<Options> = { context, scriptEnabled: false, useStrictMode: true };

/** Tells whether a document matches; throws BadValue for a filter that is not understood. */
export function matcherOf(filter: AnyObject): (document: AnyObject) => boolean {
  const query = understood(() => new Query(filter, OPTIONS));
  return (document) => understood(() => query.test(document));
}

/** Throws what MongoDB says of a stage, or an accumulator of `$group`, that is not spoken here. */
export function assertSpoken(pipeline: readonly AnyObject[]): void {
  for (const [name, stage] of pipeline.flatMap((one) => Object.entries(one))) {
    if (!Object.hasOwn(LANGUAGE.pipeline, name)) {
      throw new CommandError('Location40324', `Unrecognized pipeline stage name: '${name}'`);
    }
    for (const [field, accumulated] of name === '$group' && isObject(stage) ? Object.entries(stage) : []) {
      const [operator = ''] = field !== '_id' && isObject(accumulated) ? Object.keys(accumulated) : ['$sum'];
      if (!Object.hasOwn(LANGUAGE.accumulator, operator)) {
        throw new CommandError('Location15952', `unknown group operator '${operator}'`);
      }
    }
  }
}

/** The documents that a pipeline makes; `collection` gives those that `$lookup` asks for. */
export function runPipeline(
  pipeline: AnyObject[],
  documents: AnyObject[],
  collection: (name: string) => AnyObject[] = () => [],
): AnyObject[] {
  return understood(() => new Aggregator(pipeline, { ...OPTIONS, collectionResolver: collection }).run(documents));
}

/** What the library refuses, it says in words that are fit for the client. */
function understood<T>(attempt: () => T): T {
  try {
    return attempt();
  } catch (error) {
    throw new CommandError('BadValue', error instanceof Error ? error.message : String(error));
  }
}
