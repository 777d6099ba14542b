/** Labels of every StateRecord. */
export const LABEL_TENANT = 'state.getporter.org/tenant';
export const LABEL_CONTENT = 'state.getporter.org/content';
/** A hash of the Porter namespace of the documents, whose name may be anything. */
export const LABEL_PORTER_NAMESPACE = 'state.getporter.org/porter-namespace';
