// Who one is, to oneself.
export function profile() {
  return async ({ user }) => ({
    id: user.id,
    email: user.email,
    name: user.name,
    created_at: user.created_at,
  });
}
