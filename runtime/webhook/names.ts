/** Names of what admission consists of in a cluster; the generated manifests have the same ones. */
export const WEBHOOK_NAMES = {
  /** Of the ValidatingWebhookConfiguration and of the MutatingWebhookConfiguration. */
  configuration: 'porterops-admission',
  /** Service through which the API server reaches the webhooks. */
  service: 'porterops-webhook',
  /** Secret of a certificate that the operator manages itself. */
  secret: 'porterops-webhook-server',
} as const;

/** What is asked of the webhooks, by path. */
export const WEBHOOK_PATHS = { validating: '/validate', mutating: '/default' } as const;
