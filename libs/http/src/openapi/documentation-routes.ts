import type { PermissionDeclaration } from '../route/route-options.js';

/** Where Swagger UI is. */
export const DOCUMENTATION_PATH = '/docs';
/** Where the OpenAPI document is. */
export const DOCUMENT_PATH = '/docs-json';

const PERMISSION: PermissionDeclaration = Object.freeze({
  resource: 'documentation',
  action: 'read',
});

/** The permission of a route that Swagger adds by itself, where no decorator can reach. */
export function documentationPermission(url: string): PermissionDeclaration | undefined {
  const isDocumentation =
    url === DOCUMENTATION_PATH || url === DOCUMENT_PATH || url.startsWith(`${DOCUMENTATION_PATH}/`);
  return isDocumentation ? PERMISSION : undefined;
}
