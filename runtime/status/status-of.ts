/** The shape of a kind's `status`. */
export type StatusOf<K> = K extends { status?: infer S } ? NonNullable<S> : never;
