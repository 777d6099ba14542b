/** Text formats that several kinds of this version share. RE2 syntax only: the API server evaluates them. */

/** A name in Porter: it travels on command lines, so it never begins with a dash. */
export const PORTER_NAME = /^[a-zA-Z0-9_][a-zA-Z0-9._-]*$/;
export const PORTER_NAME_MESSAGE =
  'a Porter name has letters, digits, dots, dashes and underscores only and does not begin with a dash or dot';

/** A namespace in Porter: a Porter name, or empty for Porter's global namespace. */
export const PORTER_NAMESPACE = /^([a-zA-Z0-9_][a-zA-Z0-9._-]*)?$/;
export const PORTER_NAMESPACE_MESSAGE =
  'a Porter namespace is empty (global), or has letters, digits, dots, dashes and underscores only and does not begin with a dash or dot';

/** An OCI repository without tag, digest, scheme or credentials; the registry may carry a port. */
export const REPOSITORY =
  /^(([a-zA-Z0-9]([a-zA-Z0-9.-]*[a-zA-Z0-9])?|\[[0-9a-fA-F:]+\])(:[0-9]{1,5})?\/)?[a-z0-9]+([._-]+[a-z0-9]+)*(\/[a-z0-9]+([._-]+[a-z0-9]+)*)*$/;
export const REPOSITORY_MESSAGE =
  'a repository is written registry/path in lower case, without scheme, user, tag or digest; put the tag or digest into its own field';

export const DIGEST = /^(sha256:[a-f0-9]{64})?$/;
export const DIGEST_MESSAGE = 'a digest is sha256: followed by 64 hexadecimal digits in lower case';

export const TAG = /^([A-Za-z0-9_][A-Za-z0-9._-]{0,127})?$/;
export const TAG_MESSAGE = 'a tag has at most 128 letters, digits, dots, dashes and underscores';

/** A semantic version; Porter looks for the tag `v<version>`. */
export const VERSION = /^(v?[0-9]+(\.[0-9]+(\.[0-9]+(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?)?)?)?$/;
export const VERSION_MESSAGE = 'a version is a semantic version such as 1.2.3; for any other tag use the field tag';

/** A name of a Kubernetes object, or empty where the field was left out by an older client. */
export const OBJECT_NAME = /^([a-z0-9]([-a-z0-9.]*[a-z0-9])?)?$/;
export const OBJECT_NAME_MESSAGE =
  'a name of a Kubernetes object has lower case letters, digits, dashes and dots and begins and ends with a letter or digit';

/** A Kubernetes quantity such as 64Mi, without sign. */
export const QUANTITY = /^([0-9]+(\.[0-9]*)?|\.[0-9]+)([KMGTPE]i|[munkMGTPE]|[eE][+-]?[0-9]+)?$/;
export const QUANTITY_MESSAGE = 'a size is a Kubernetes quantity such as 64Mi or 1Gi';

/**
 * Where Porter's secrets plugin finds a value: `name` (key `value` of the Secret of that name) or `name/key`. The hint
 * becomes a path in the agent, so nothing in it may lead elsewhere.
 */
export const SECRET_HINT = /^[^\x00-\x1f\/\\]+(\/[^\x00-\x1f\/\\]+)*$/;
export const SECRET_HINT_MESSAGE =
  'name a Secret, or Secret/key: no leading or trailing slash, no empty part, no backslash or control character';
export const SECRET_HINT_RULE = '!self.split("/").exists(part, part == "." || part == "..")';
export const SECRET_HINT_RULE_MESSAGE = 'the parts . and .. would lead out of the folder of secrets';
