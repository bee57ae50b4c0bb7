// The peer in SolidJS: the same routes, guard, sign-in and cart as in `app.jsx`, `sign-in.jsx` and `cart.jsx`. Both variants share them.

import { A, Navigate, Route, Router, useLocation } from '@solidjs/router';
import { QueryClient, QueryClientProvider, useMutation, useQuery, useQueryClient } from '@tanstack/solid-query';
import { createSignal, For, Match, Show, Switch } from 'solid-js';
import { render } from 'solid-js/web';
import { CART, change, MAX_QUANTITY, send } from './lines.js';
import { money } from './money.js';
import { currentSession, request, signIn, signOut, subscribe } from './session.js';

const queries = new QueryClient({ defaultOptions: { queries: { retry: false } } });

const [session, setSession] = createSignal(currentSession());
export { session };
subscribe(() => setSession(currentSession()));

export function leave() {
  signOut();
  queries.clear();
}

function SignIn() {
  const location = useLocation();
  const [error, setError] = createSignal(null);
  const [isPending, setPending] = createSignal(false);
  const [isShown, setShown] = createSignal(false);

  async function submit(event) {
    event.preventDefault();
    const form = event.currentTarget;
    setError(null);
    setPending(true);
    setError(await signIn(form));
    setPending(false);
  }

  return (
    <Show when={!session()} fallback={<Navigate href={location.state?.from ?? '/cart'} />}>
      <form class="narrow" onSubmit={submit}>
        <h1>Sign in</h1>
        <p>One account for the Store and the Forums.</p>
        <Show when={error()}><p role="alert">{error()}</p></Show>
        <label>
          Email <input name="username" type="text" inputmode="email" autocomplete="username" autocapitalize="none" spellcheck={false} required />
        </label>
        <label>
          Password <input name="password" type={isShown() ? 'text' : 'password'} autocomplete="current-password" required />
        </label>
        <button type="button" onClick={() => setShown(!isShown())}>{isShown() ? 'Hide password' : 'Show password'}</button>
        <button type="submit" disabled={isPending()}>{isPending() ? 'Signing in…' : 'Sign in'}</button>
      </form>
    </Show>
  );
}

// Shows a change at once, and rolls it back if the server rejects it.
function useChange() {
  const cache = useQueryClient();
  const mutation = useMutation(() => ({
    mutationFn: send,
    onMutate: async wanted => {
      await cache.cancelQueries({ queryKey: CART });
      const before = cache.getQueryData(CART);
      cache.setQueryData(CART, change(before, wanted));
      return before;
    },
    onSuccess: answer => answer?.lines && cache.setQueryData(CART, answer),
    onError: (_error, _wanted, before) => cache.setQueryData(CART, before),
  }));
  return (product, quantity) => mutation.mutate({ product, quantity });
}

// The product and the name of a line do not change.
function Line(props) {
  const { product, name } = props.line;
  const quantity = () => props.line.quantity;
  const set = wanted => wanted >= 1 && wanted <= MAX_QUANTITY && props.onChange(product, wanted);
  return (
    <li class="line">
      <h2>{name}</h2>
      <p>{money(props.line.unitPrice, props.currency)} each</p>
      <div role="group" aria-label={`${name}, quantity`}>
        <button type="button" aria-label={`Decrease quantity of ${name}`} disabled={quantity() <= 1} onClick={() => set(quantity() - 1)}>−</button>
        <input
          type="number"
          min="1"
          max={MAX_QUANTITY}
          aria-label={`Quantity of ${name}`}
          value={quantity()}
          onInput={event => set(event.target.valueAsNumber)}
        />
        <button type="button" aria-label={`Increase quantity of ${name}`} disabled={quantity() >= MAX_QUANTITY} onClick={() => set(quantity() + 1)}>+</button>
      </div>
      <p class="total">{money(props.line.unitPrice * quantity(), props.currency)}</p>
      <button type="button" aria-label={`Remove ${name}`} onClick={() => props.onChange(product, 0)}>Remove</button>
    </li>
  );
}

// Lines with the same product keep their elements over a change, as memoised lines do in React.
function Cart() {
  const cart = useQuery(() => ({ queryKey: CART, queryFn: () => request('/api/load-shopping-cart'), reconcile: 'product' }));
  const onChange = useChange();
  return (
    <Switch fallback={<p aria-busy="true">Loading…</p>}>
      <Match when={cart.isError}><p role="alert">The cart cannot be loaded.</p></Match>
      <Match when={cart.data}>
        <h1>Your cart</h1>
        <Show when={cart.data.lines.length > 0} fallback={<p>Your cart is empty. <A href="/">See all products</A></p>}>
          <ul><For each={cart.data.lines}>{line => <Line line={line} currency={cart.data.currency} onChange={onChange} />}</For></ul>
          <p class="total">Total {money(cart.data.total, cart.data.currency)}</p>
        </Show>
      </Match>
    </Switch>
  );
}

const guarded = page => props => <Show when={session()} fallback={<Navigate href="/login" state={{ from: props.location.pathname }} />}>{page()}</Show>;

// Shows the app in `root`, with the variant's own frame, products and account.
export function show(root, { Layout, Products, Account }) {
  render(
    () => (
      <QueryClientProvider client={queries}>
        <Router root={Layout}>
          <Route path="/" component={Products} />
          <Route path="/login" component={SignIn} />
          <Route path="/cart" component={guarded(() => <Cart />)} />
          <Route path="/account" component={guarded(() => <Account />)} />
        </Router>
      </QueryClientProvider>
    ),
    root,
  );
}
