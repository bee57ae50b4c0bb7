// The small peer in SolidJS: the same pages as `main.jsx`, with the same markup.

import { A, useNavigate } from '@solidjs/router';
import { useMutation, useQuery, useQueryClient } from '@tanstack/solid-query';
import { For, Show } from 'solid-js';
import { add } from './lines.js';
import { money } from './money.js';
import { request } from './session.js';
import { leave, session, show } from './solid-app.jsx';
import './style.css';

function Layout(props) {
  return (
    <>
      <header>
        <nav aria-label="Main">
          <A href="/" end>Products</A>
          <A href="/cart">Cart</A>
          <A href="/account">Account</A>
        </nav>
        <Show when={session()}>
          <p>
            {session().email} <button type="button" onClick={leave}>Sign out</button>
          </p>
        </Show>
      </header>
      <main>{props.children}</main>
    </>
  );
}

function Product(props) {
  const cache = useQueryClient();
  const navigate = useNavigate();
  const { id, name, description, price, currency, stock } = props.product;
  const addition = useMutation(() => ({ mutationFn: () => add(id), onSuccess: cart => cache.setQueryData(['cart'], cart) }));
  const click = () => (session() ? addition.mutate() : navigate('/login', { state: { from: '/' } }));
  return (
    <li class="product">
      <h2>{name}</h2>
      <p>{description}</p>
      <p>{money(price, currency)}</p>
      <Show when={stock > 0} fallback={<p>Sold out</p>}>
        <button type="button" disabled={addition.isPending} onClick={click}>Add to cart</button>
      </Show>
      <Show when={addition.isSuccess}><p>Added.</p></Show>
      <Show when={addition.isError}><p role="alert">This could not be added.</p></Show>
    </li>
  );
}

function Products() {
  const products = useQuery(() => ({ queryKey: ['products'], queryFn: () => request('/api/products') }));
  return (
    <Show when={!products.isError} fallback={<p role="alert">The products cannot be loaded.</p>}>
      <h1>Products</h1>
      <Show when={products.data} fallback={<p aria-busy="true">Loading…</p>}>
        <ul><For each={products.data}>{product => <Product product={product} />}</For></ul>
      </Show>
    </Show>
  );
}

function Account() {
  const cache = useQueryClient();
  const user = useQuery(() => ({ queryKey: ['user'], queryFn: () => request('/api/user') }));
  const rename = useMutation(() => ({
    mutationFn: displayName => request('/api/user', { method: 'PUT', json: { displayName } }),
    onSuccess: () => cache.invalidateQueries({ queryKey: ['user'] }),
  }));
  const submit = event => {
    event.preventDefault();
    rename.mutate(new FormData(event.currentTarget).get('name'));
  };
  return (
    <Show when={!user.isError} fallback={<p role="alert">The account cannot be loaded.</p>}>
      <div class="narrow">
        <h1>Your account</h1>
        <Show when={user.data} fallback={<p aria-busy="true">Loading…</p>}>
          <dl>
            <dt>Email</dt>
            <dd>{user.data.email}</dd>
            <dt>Display name</dt>
            <dd>{user.data.displayName}</dd>
            <dt>Account number</dt>
            <dd>{user.data.id}</dd>
          </dl>
          <form onSubmit={submit}>
            <label>
              Display name <input name="name" value={user.data.displayName} required maxlength="40" />
            </label>
            <button type="submit" disabled={rename.isPending}>Save</button>
            <Show when={rename.isError}><p role="alert">The name could not be saved.</p></Show>
          </form>
        </Show>
      </div>
    </Show>
  );
}

show(document.getElementById('root'), { Layout, Products, Account });
