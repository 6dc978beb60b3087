/** What a refusal must be like. */
export function problem(status: number, code: string, members: object = {}) {
  return { status, body: expect.objectContaining({ status, code, ...members }) as object };
}

/** What the refusal of one wrong field must be like. */
export function wrongField(field: string, message: string) {
  return problem(400, 'VALIDATION_FAILED', { errors: [{ field, message }] });
}
