import { useState } from 'react';
import { Navigate, useLocation } from 'react-router';
import { signIn } from './session.js';
import { useSession } from './use-session.js';

export function SignIn() {
  const { state } = useLocation();
  const session = useSession();
  const [error, setError] = useState(null);
  const [isPending, setPending] = useState(false);
  const [isShown, setShown] = useState(false);

  async function submit(event) {
    event.preventDefault();
    const form = event.currentTarget;
    setError(null);
    setPending(true);
    setError(await signIn(form));
    setPending(false);
  }

  if (session) return <Navigate to={state?.from ?? '/cart'} replace />;
  return (
    <form className="narrow" onSubmit={submit}>
      <h1>Sign in</h1>
      <p>One account for the Store and the Forums.</p>
      {error && <p role="alert">{error}</p>}
      <label>
        Email <input name="username" type="text" inputMode="email" autoComplete="username" autoCapitalize="none" spellCheck="false" required />
      </label>
      <label>
        Password <input name="password" type={isShown ? 'text' : 'password'} autoComplete="current-password" required />
      </label>
      <button type="button" onClick={() => setShown(!isShown)}>{isShown ? 'Hide password' : 'Show password'}</button>
      <button type="submit" disabled={isPending}>{isPending ? 'Signing in…' : 'Sign in'}</button>
    </form>
  );
}
