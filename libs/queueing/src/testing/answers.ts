/** What an answer with this problem has in common with every other. */
export function problem(status: number, code: string, members: object = {}): object {
  return {
    status,
    headers: expect.objectContaining({ 'content-type': 'application/problem+json' }) as object,
    body: expect.objectContaining({ status, code, ...members }) as object,
  };
}

/** The refusal of one field. */
export function wrongField(field: string, message: string): object {
  return problem(400, 'VALIDATION_FAILED', {
    errors: expect.arrayContaining([{ field, message }]) as object,
  });
}
