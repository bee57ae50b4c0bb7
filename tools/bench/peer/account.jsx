import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { request } from './session.js';

export function Account() {
  const queries = useQueryClient();
  const { data: user, error } = useQuery({ queryKey: ['user'], queryFn: () => request('/api/user') });
  const rename = useMutation({
    mutationFn: displayName => request('/api/user', { method: 'PUT', json: { displayName } }),
    onSuccess: () => queries.invalidateQueries({ queryKey: ['user'] }),
  });
  const submit = event => {
    event.preventDefault();
    rename.mutate(new FormData(event.currentTarget).get('name'));
  };
  if (error) return <p role="alert">The account cannot be loaded.</p>;
  return (
    <div className="narrow">
      <h1>Your account</h1>
      {user ? (
        <>
          <dl>
            <dt>Email</dt>
            <dd>{user.email}</dd>
            <dt>Display name</dt>
            <dd>{user.displayName}</dd>
            <dt>Account number</dt>
            <dd>{user.id}</dd>
          </dl>
          <form onSubmit={submit}>
            <label>
              Display name <input name="name" defaultValue={user.displayName} required maxLength="40" />
            </label>
            <button type="submit" disabled={rename.isPending}>Save</button>
            {rename.isError && <p role="alert">The name could not be saved.</p>}
          </form>
        </>
      ) : (
        <p aria-busy="true">Loading…</p>
      )}
    </div>
  );
}
