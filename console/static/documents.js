// What is asked of the API. One place, so that lists, screens and events show the same things.

export const STEPS = "steps { actor text contact }";

export const CONNECTION = `id name state light lastContactAt expectedContactAt queueLength trouble machine
  clientVersion retryAt diagnosis { actor text contact } companyFile { id name }`;

export const ROW = `id version invoiceNumber invoiceDate total exportStatus exportOrigin syncStatus
  syncStatusLabel updatedAt customer { id name } sync { phase }`;

const TASK = `id position description quantity unitPrice cost amount taxable item { id name type }
  businessUnit { id name } inventoryLocation { id name }`;

const GUARD = "code severity message path steps";

export const DRAFT = `baseVersion subtotal salesTax total expiresAt editor { id name }
  guards { ${GUARD} } changes { path before after } invoiceNumber invoiceDate summary taxZone { id name } tasks { ${TASK} }`;

export const ISSUE = `id code reason quickbooksCode quickbooksMessage articleUrl openedAt isRoot dependentCount object
  ${STEPS} failedObjects { kind name } root { id reason object }`;

export const SYNC = `status phase outcome queuePosition estimatedAt attempts nextAttemptAt syncedVersion syncedAt
  connection { ${CONNECTION} } notSent { path reason } issue { ${ISSUE} }
  conflict { detectedAt fields { path base ours quickbooks } }`;

export const DRIFT = "kind message detectedAt readAt fields { path base ours quickbooks }";

export const REVISIONS = `nodes { id version madeAt disposition reason actor { id name } changes { path before after } }
  pageInfo { hasNextPage endCursor }`;

export const INVOICE = `${ROW} summary subtotal salesTax balance isApplicationForPayment businessUnit { id name }
  taxZone { id name } batch { id number name } tasks { ${TASK} }
  sync { ${SYNC} } drift { ${DRIFT} } draft { ${DRAFT} }
  quickbooks { txnId kind readAt verifiedAt foreignLines fields { path ours quickbooks equal } }
  editEligibility { canEdit canSync alternative reasons { code message } connections { id name light state companyFile { id name } } }
  revisions(first: 10) { ${REVISIONS} }`;

export const ERRORS = `userErrors { __typename code message field
  ... on GuardError { guards { ${GUARD} } }
  ... on BeingEditedError { editor { name } expiresAt }
  ... on VersionConflictError { changedFields } }`;

export const STAGED = `invoice { version } draft { ${DRAFT} } ${ERRORS}`;

export const REVERT = `mutation ($input: RevertToInput!) { done: revertTo(input: $input) { ${STAGED} } }`;
