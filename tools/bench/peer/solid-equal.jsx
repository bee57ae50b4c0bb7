// The pages of `equal.jsx` in SolidJS, with the same markup, focus and titles. Only the rows of page changes use this variant. Sign-in and
// cart are those of the small peer.

import { A, useLocation, useNavigate } from '@solidjs/router';
import { useMutation, useQuery, useQueryClient } from '@tanstack/solid-query';
import { createEffect, For, on, onMount, Show } from 'solid-js';
import { drawing, FEW, FOOTER, GROUPS, LANGUAGES, pictureClass } from './equal.js';
import { add } from './lines.js';
import { money } from './money.js';
import { request } from './session.js';
import { leave, session, show } from './solid-app.jsx';

// The first page takes no focus.
let isFirst = true;

function Icon(props) {
  return <svg class="icon" aria-hidden="true"><use href={`#i-${props.name}`} /></svg>;
}

function Heading(props) {
  let heading;
  onMount(() => {
    document.title = `${props.text} · Fernhill`;
    if (!isFirst) heading.focus({ preventScroll: true });
    isFirst = false;
  });
  return <h1 tabindex={-1} ref={heading}>{props.text}</h1>;
}

function Header() {
  const cart = useQuery(() => ({ queryKey: ['cart'], queryFn: () => request('/api/load-shopping-cart'), enabled: !!session(), staleTime: Infinity }));
  const count = () => cart.data?.lines.reduce((sum, line) => sum + line.quantity, 0) ?? 0;
  return (
    <header class="site">
      <div class="bar">
        <A class="brand" href="/" end><Icon name="mark" />Fernhill</A>
        <nav aria-label="Main">
          <A class="to-start" href="/" end>Products</A>
          <a class="to-search" href="/?q="><Icon name="search" /><span class="label">Search</span></a>
          <A class="to-cart" href="/cart">
            <Icon name="cart" /><span class="label">Cart</span>
            <Show when={count() > 0}><span class="badge">{count()}<span class="hidden"> items</span></span></Show>
          </A>
          <A class="to-account" href="/account"><Icon name="user" /><span class="label">Account</span></A>
          <a class="sibling" href="/forums"><Icon name="chat" /><span class="label">Forums</span></a>
        </nav>
        <div class="who">
          <Show when={session()}>
            <span class="me" title="Signed in"><bdi translate="no">{session().email}</bdi></span>
            <button type="button" class="quiet" onClick={leave}><Icon name="leave" /><span class="label">Sign out</span></button>
          </Show>
        </div>
      </div>
    </header>
  );
}

// Scrolls to the top of each new page.
function Layout(props) {
  const location = useLocation();
  createEffect(on(() => location.pathname, () => scrollTo(0, 0), { defer: true }));
  return (
    <>
      <a class="skip" href="#main">Skip to content</a>
      <Header />
      <div role="status" />
      <div role="alert" />
      <div role="alert" />
      <main id="main">{props.children}</main>
      <p class="hidden" role="status" />
      <Footer />
    </>
  );
}

function Footer() {
  return (
    <footer class="site">
      <ul>
        <For each={FOOTER}>
          {([href, en, de, fr]) => (
            <li><a href={href}><span lang="en">{en}</span><span lang="de">{de}</span><span lang="fr">{fr}</span></a></li>
          )}
        </For>
      </ul>
      <div><For each={Object.entries(LANGUAGES)}>{([id, name]) => <button type="button" class="quiet" lang={id}>{name}</button>}</For></div>
    </footer>
  );
}

function Picture(props) {
  return (
    <svg class={pictureClass(props.product)} viewBox="0 0 200 200" aria-hidden="true">
      <use href={drawing(props.product)} />
    </svg>
  );
}

function Purchase(props) {
  const cache = useQueryClient();
  const navigate = useNavigate();
  const addition = useMutation(() => ({
    mutationFn: () => add(props.id),
    onSuccess: cart => cache.setQueryData(['cart'], cart),
  }));
  const click = () => (session() ? addition.mutate() : navigate('/login', { state: { from: '/' } }));
  const text = () => (addition.isPending ? 'Adding…' : 'Add to cart');
  return (
    <>
      <Show when={props.stock > 0} fallback={<p class="sold-out">Sold out</p>}>
        <button type="button" class="primary" aria-label={`${text()}: ${props.name}`} aria-disabled={addition.isPending || undefined} onClick={click}>{text()}</button>
      </Show>
      <div class="note">
        <Show when={addition.isSuccess}><p class="card-added"><Icon name="tick" />Added. <A href="/cart">See your cart</A></p></Show>
        <Show when={addition.isError}><p class="card-error" role="alert">This could not be added.</p></Show>
      </div>
    </>
  );
}

function Swatch(props) {
  return <svg class="swatch" viewBox="0 0 2 2" aria-hidden="true"><circle cx="1" cy="1" r="1" fill={props.colour} /></svg>;
}

function Product(props) {
  const { id, name, description, price, currency, stock, option, variants = [] } = props.product;
  // A shopper must choose a size, but not a colour.
  const needsChoice = option === 'size';
  return (
    <li class={stock <= 0 && !needsChoice ? 'product is-sold-out' : 'product'}>
      <Picture product={id} />
      <h2 dir="auto"><a href={`/products/${id}`}>{name}</a></h2>
      <p class="price">
        <strong translate="no">{money(price, currency)}</strong>
        <Show when={stock >= 1 && stock <= FEW}><span class="few">{`Only ${stock} left`}</span></Show>
        <Show when={variants.length > 0}>
          <span class="choices">
            <For each={variants.filter(it => it.swatch)}>{it => <Swatch colour={it.swatch} />}</For>
            {`${variants.length} ${option}s`}
          </span>
        </Show>
      </p>
      <p class="about" dir="auto">{description}</p>
      <Show when={needsChoice} fallback={<Purchase id={id} name={name} stock={stock} />}>
        <a class="button primary" href={`/products/${id}`} aria-label={`Choose: ${name}`}>Choose</a>
      </Show>
    </li>
  );
}

function Search() {
  return (
    <div>
      <form class="catalogue-search" role="search">
        <label for="q">Search products</label>
        <div class="search-box">
          <input id="q" name="q" type="search" maxlength={100} autocomplete="off" autocapitalize="none" enterkeyhint="search" />
        </div>
        <button type="submit" class="primary">Search</button>
        <details class="catalogue-filter"><summary class="button quiet">Filter</summary></details>
        <div class="catalogue-choices">
          <label for="sort">Sort by</label>
          <select id="sort" name="sort">
            <option value="">Recommended</option>
            <option value="price">Price: low to high</option>
            <option value="price-desc">Price: high to low</option>
          </select>
          <label class="check"><input id="available" name="available" type="checkbox" />In stock only</label>
        </div>
      </form>
      <nav class="categories" aria-label="Categories">
        <a href="/" aria-current="true">All</a>
        <a href="/?category=kitchen" aria-current="false">Kitchen</a>
        <a href="/?category=desk" aria-current="false">Desk</a>
        <a href="/?category=road" aria-current="false">On the road</a>
      </nav>
    </div>
  );
}

function Products() {
  const products = useQuery(() => ({ queryKey: ['products'], queryFn: () => request('/api/products') }));
  return (
    <div class="page home">
      <section class="hero">
        <p class="tagline">Made to last.</p>
        <p class="lead">Good things for the kitchen, the desk and the road.</p>
        <a class="button primary" href="#products" target="_self">Browse the range</a>
      </section>
      <Heading text="Products" />
      <Search />
      <p class="catalogue-count" role="status">{products.data && `${products.data.length} products`}</p>
      <Show when={products.isError}><Failure text="The products cannot be loaded." /></Show>
      <Show when={products.data} fallback={<p aria-busy="true">Loading…</p>}>
        <ul class="products" id="products"><For each={products.data}>{product => <Product product={product} />}</For></ul>
      </Show>
    </div>
  );
}

function Failure(props) {
  return (
    <div class="failure" role="alert">
      <Icon name="cloud" />
      <h2>We couldn't load this</h2>
      <p>{props.text}</p>
      <button type="button" class="quiet" onClick={() => props.retry?.()}>Try again</button>
    </div>
  );
}

function Group(props) {
  return <section class="card group" id={props.id}><h2 tabindex={-1}>{GROUPS[props.id]}</h2>{props.children}</section>;
}

function Section(props) {
  return (
    <section class="about" id={props.id}>
      <h3 tabindex={-1}>{props.heading}</h3>
      <p>{props.text}</p>
      <Show when={props.button}><button type="button" class="quiet">{props.button}</button></Show>
    </section>
  );
}

function DisplayName(props) {
  const cache = useQueryClient();
  const rename = useMutation(() => ({
    mutationFn: displayName => request('/api/user', { method: 'PUT', json: { displayName } }),
    onSuccess: () => cache.invalidateQueries({ queryKey: ['user'] }),
  }));
  const submit = event => {
    event.preventDefault();
    rename.mutate(new FormData(event.currentTarget).get('displayName'));
  };
  return (
    <form class="about write" id="change-name" method="post" novalidate onSubmit={submit}>
      <div class="field">
        <label for="display-name">Display name</label>
        <input id="display-name" name="displayName" type="text" autocomplete="nickname" autocapitalize="none" spellcheck={false} aria-required="true" value={props.user.displayName} />
      </div>
      <p class="quiet-text">Others see it next to your posts.</p>
      <div class="write-end"><button type="submit" class="primary" aria-disabled={rename.isPending || undefined}>Change display name</button></div>
    </form>
  );
}

// The servers of the bench answer the two requests for sessions and passkeys with an error, so there is no list of either.
function Sessions() {
  const account = useQuery(() => ({ queryKey: ['account'], queryFn: () => request('/api/account'), gcTime: 0 }));
  return (
    <>
      <p>If you don't recognise one of these, end it and change your password.</p>
      <Show when={account.isError} fallback={<p aria-busy="true">Loading…</p>}>
        <Failure text="The sign-in service isn't responding. Try again in a moment." retry={account.refetch} />
      </Show>
    </>
  );
}

function Passkeys() {
  const passkeys = useQuery(() => ({ queryKey: ['passkeys'], queryFn: () => request('/api/account/passkeys'), gcTime: 0 }));
  createEffect(() => passkeys.isError);
  return <div class="sections" id="passkeys" />;
}

function Account() {
  const user = useQuery(() => ({ queryKey: ['user'], queryFn: () => request('/api/user') }));
  return (
    <div class="narrow account">
      <Heading text="Your account" />
      <Show when={user.isError}><Failure text="The account cannot be loaded." /></Show>
      <Show when={user.data} fallback={<p aria-busy="true">Loading…</p>}><Groups user={user.data} /></Show>
    </div>
  );
}

function Groups(props) {
  return (
    <>
      <nav aria-label="On this page"><For each={Object.entries(GROUPS)}>{([id, heading]) => <a href={`/account#${id}`}>{heading}</a>}</For></nav>
      <div class="columns">
        <div>
          <Group id="orders"><p><a class="button quiet" href="/orders">All your orders</a></p></Group>
          <Group id="profile">
            <dl class="facts">
              <div><dt>Email</dt><dd translate="no">{props.user.email}</dd></div>
              <div><dt>Display name</dt><dd dir="auto">{props.user.displayName}</dd></div>
            </dl>
            <DisplayName user={props.user} />
          </Group>
          <Group id="security">
            <Section id="own-password" heading="Password" text="When you change it, you stay signed in here and we sign you out everywhere else." button="Change password" />
            <div class="sections" id="second-factor" />
            <Passkeys />
          </Group>
        </div>
        <div>
          <Group id="sessions">
            <Sessions />
            <Section heading="How you are signed in" text="In this browser, signing in to the Store signs you out of the Forums, and vice versa." />
          </Group>
          <Group id="data">
            <Section id="export" heading="Download your data" text="Everything we store about you, in one file." button="Get your data" />
            <Section id="delete-account" heading="Delete your account" text="This deletes your account for the Store and the Forums, your display name, your cart and your drafts, and signs you out everywhere. Your posts stay, without your name. You can't undo this." button="Delete my account…" />
          </Group>
        </div>
      </div>
    </>
  );
}

show(document.getElementById('app'), { Layout, Products, Account });
