// The peer with the app's markup and style sheets: its header, its products and its account, with the same elements, the same focus and the
// same titles. Only the rows of page changes use it. Sign-in and cart are those of the small peer.

import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';
import { Link, NavLink, Outlet, useLocation, useNavigate } from 'react-router';
import { leave, show } from './app.jsx';
import { drawing, FEW, FOOTER, GROUPS, LANGUAGES, pictureClass } from './equal.js';
import { add } from './lines.js';
import { money } from './money.js';
import { request } from './session.js';
import { useSession } from './use-session.js';

// The first page takes no focus.
let isFirst = true;

function Icon({ name }) {
  return <svg className="icon" aria-hidden="true"><use href={`#i-${name}`} /></svg>;
}

function Heading({ text }) {
  const heading = useRef(null);
  useEffect(() => {
    document.title = `${text} · Fernhill`;
    if (!isFirst) heading.current.focus({ preventScroll: true });
    isFirst = false;
  }, [text]);
  return <h1 tabIndex={-1} ref={heading}>{text}</h1>;
}

function Header() {
  const session = useSession();
  const { data: cart } = useQuery({ queryKey: ['cart'], queryFn: () => request('/api/load-shopping-cart'), enabled: !!session, staleTime: Infinity });
  const count = cart?.lines.reduce((sum, line) => sum + line.quantity, 0) ?? 0;
  return (
    <header className="site">
      <div className="bar">
        <Link className="brand" to="/"><Icon name="mark" />Fernhill</Link>
        <nav aria-label="Main">
          <NavLink className="to-start" to="/" end>Products</NavLink>
          <a className="to-search" href="/?q="><Icon name="search" /><span className="label">Search</span></a>
          <NavLink className="to-cart" to="/cart">
            <Icon name="cart" /><span className="label">Cart</span>
            {count > 0 && <span className="badge">{count}<span className="hidden"> items</span></span>}
          </NavLink>
          <NavLink className="to-account" to="/account"><Icon name="user" /><span className="label">Account</span></NavLink>
          <a className="sibling" href="/forums"><Icon name="chat" /><span className="label">Forums</span></a>
        </nav>
        <div className="who">
          {session && (
            <>
              <span className="me" title="Signed in"><bdi translate="no">{session.email}</bdi></span>
              <button type="button" className="quiet" onClick={leave}><Icon name="leave" /><span className="label">Sign out</span></button>
            </>
          )}
        </div>
      </div>
    </header>
  );
}

// Scrolls to the top of each new page.
function Layout() {
  const { pathname } = useLocation();
  useEffect(() => scrollTo(0, 0), [pathname]);
  return (
    <>
      <a className="skip" href="#main">Skip to content</a>
      <Header />
      <div role="status" />
      <div role="alert" />
      <div role="alert" />
      <main id="main"><Outlet /></main>
      <p className="hidden" role="status" />
      <Footer />
    </>
  );
}

function Footer() {
  return (
    <footer className="site">
      <ul>
        {FOOTER.map(([href, en, de, fr]) => (
          <li key={href}><a href={href}><span lang="en">{en}</span><span lang="de">{de}</span><span lang="fr">{fr}</span></a></li>
        ))}
      </ul>
      <div>{Object.entries(LANGUAGES).map(([id, name]) => <button key={id} type="button" className="quiet" lang={id}>{name}</button>)}</div>
    </footer>
  );
}

function Picture({ product }) {
  return (
    <svg className={pictureClass(product)} viewBox="0 0 200 200" aria-hidden="true">
      <use href={drawing(product)} />
    </svg>
  );
}

function Purchase({ id, name, stock }) {
  const cache = useQueryClient();
  const navigate = useNavigate();
  const session = useSession();
  const addition = useMutation({
    mutationFn: () => add(id),
    onSuccess: cart => cache.setQueryData(['cart'], cart),
  });
  const click = () => (session ? addition.mutate() : navigate('/login', { state: { from: '/' } }));
  const text = addition.isPending ? 'Adding…' : 'Add to cart';
  return (
    <>
      {stock > 0 ? (
        <button type="button" className="primary" aria-label={`${text}: ${name}`} aria-disabled={addition.isPending || undefined} onClick={click}>{text}</button>
      ) : (
        <p className="sold-out">Sold out</p>
      )}
      <div className="note">
        {addition.isSuccess && <p className="card-added"><Icon name="tick" />Added. <Link to="/cart">See your cart</Link></p>}
        {addition.isError && <p className="card-error" role="alert">This could not be added.</p>}
      </div>
    </>
  );
}

function Swatch({ colour }) {
  return <svg className="swatch" viewBox="0 0 2 2" aria-hidden="true"><circle cx="1" cy="1" r="1" fill={colour} /></svg>;
}

function Product({ product }) {
  const { id, name, description, price, currency, stock, option, variants = [] } = product;
  // A shopper must choose a size, but not a colour.
  const needsChoice = option === 'size';
  return (
    <li className={stock <= 0 && !needsChoice ? 'product is-sold-out' : 'product'}>
      <Picture product={id} />
      <h2 dir="auto"><Link to={`/products/${id}`}>{name}</Link></h2>
      <p className="price">
        <strong translate="no">{money(price, currency)}</strong>
        {stock >= 1 && stock <= FEW && <span className="few">Only {stock} left</span>}
        {variants.length > 0 && (
          <span className="choices">{variants.filter(it => it.swatch).map(it => <Swatch key={it.id} colour={it.swatch} />)}{variants.length} {option}s</span>
        )}
      </p>
      <p className="about" dir="auto">{description}</p>
      {needsChoice ? (
        <Link className="button primary" to={`/products/${id}`} aria-label={`Choose: ${name}`}>Choose</Link>
      ) : (
        <Purchase id={id} name={name} stock={stock} />
      )}
    </li>
  );
}

function Search() {
  return (
    <div>
      <form className="catalogue-search" role="search">
        <label htmlFor="q">Search products</label>
        <div className="search-box">
          <input id="q" name="q" type="search" maxLength={100} autoComplete="off" autoCapitalize="none" enterKeyHint="search" />
        </div>
        <button type="submit" className="primary">Search</button>
        <details className="catalogue-filter"><summary className="button quiet">Filter</summary></details>
        <div className="catalogue-choices">
          <label htmlFor="sort">Sort by</label>
          <select id="sort" name="sort">
            <option value="">Recommended</option>
            <option value="price">Price: low to high</option>
            <option value="price-desc">Price: high to low</option>
          </select>
          <label className="check"><input id="available" name="available" type="checkbox" />In stock only</label>
        </div>
      </form>
      <nav className="categories" aria-label="Categories">
        <Link to="/" aria-current="true">All</Link>
        <Link to="/?category=kitchen" aria-current="false">Kitchen</Link>
        <Link to="/?category=desk" aria-current="false">Desk</Link>
        <Link to="/?category=road" aria-current="false">On the road</Link>
      </nav>
    </div>
  );
}

function Products() {
  const { data: products, error } = useQuery({ queryKey: ['products'], queryFn: () => request('/api/products') });
  return (
    <div className="page home">
      <section className="hero">
        <p className="tagline">Made to last.</p>
        <p className="lead">Good things for the kitchen, the desk and the road.</p>
        <a className="button primary" href="#products" target="_self">Browse the range</a>
      </section>
      <Heading text="Products" />
      <Search />
      <p className="catalogue-count" role="status">{products && `${products.length} products`}</p>
      {error && <Failure text="The products cannot be loaded." />}
      {products ? (
        <ul className="products" id="products">{products.map(product => <Product key={product.id} product={product} />)}</ul>
      ) : (
        <p aria-busy="true">Loading…</p>
      )}
    </div>
  );
}

function Failure({ text, retry }) {
  return (
    <div className="failure" role="alert">
      <Icon name="cloud" />
      <h2>We couldn&apos;t load this</h2>
      <p>{text}</p>
      <button type="button" className="quiet" onClick={retry}>Try again</button>
    </div>
  );
}

function Group({ id, heading, children }) {
  return <section className="card group" id={id}><h2 tabIndex={-1}>{heading}</h2>{children}</section>;
}

function Section({ id, heading, text, button }) {
  return (
    <section className="about" id={id}>
      <h3 tabIndex={-1}>{heading}</h3>
      <p>{text}</p>
      {button && <button type="button" className="quiet">{button}</button>}
    </section>
  );
}

function DisplayName({ user }) {
  const cache = useQueryClient();
  const rename = useMutation({
    mutationFn: displayName => request('/api/user', { method: 'PUT', json: { displayName } }),
    onSuccess: () => cache.invalidateQueries({ queryKey: ['user'] }),
  });
  const submit = event => {
    event.preventDefault();
    rename.mutate(new FormData(event.currentTarget).get('displayName'));
  };
  return (
    <form className="about write" id="change-name" method="post" noValidate onSubmit={submit}>
      <div className="field">
        <label htmlFor="display-name">Display name</label>
        <input id="display-name" name="displayName" type="text" autoComplete="nickname" autoCapitalize="none" spellCheck={false} aria-required="true" defaultValue={user.displayName} />
      </div>
      <p className="quiet-text">Others see it next to your posts.</p>
      <div className="write-end"><button type="submit" className="primary" aria-disabled={rename.isPending || undefined}>Change display name</button></div>
    </form>
  );
}

// The servers of the bench answer the two requests for sessions and passkeys with an error, so there is no list of either.
function Sessions() {
  const { error, refetch } = useQuery({ queryKey: ['account'], queryFn: () => request('/api/account'), gcTime: 0 });
  return (
    <>
      <p>If you don&apos;t recognise one of these, end it and change your password.</p>
      {error ? <Failure text="The sign-in service isn't responding. Try again in a moment." retry={refetch} /> : <p aria-busy="true">Loading…</p>}
    </>
  );
}

function Passkeys() {
  useQuery({ queryKey: ['passkeys'], queryFn: () => request('/api/account/passkeys'), gcTime: 0 });
  return <div className="sections" id="passkeys" />;
}

function Account() {
  const { data: user, error } = useQuery({ queryKey: ['user'], queryFn: () => request('/api/user') });
  return (
    <div className="narrow account">
      <Heading text="Your account" />
      {error && <Failure text="The account cannot be loaded." />}
      {user ? <Groups user={user} /> : <p aria-busy="true">Loading…</p>}
    </div>
  );
}

function Groups({ user }) {
  return (
    <>
      <nav aria-label="On this page">{Object.entries(GROUPS).map(([id, heading]) => <Link key={id} to={`/account#${id}`}>{heading}</Link>)}</nav>
      <div className="columns">
        <div>
          <Group id="orders" heading={GROUPS.orders}><p><Link className="button quiet" to="/orders">All your orders</Link></p></Group>
          <Group id="profile" heading={GROUPS.profile}>
            <dl className="facts">
              <div><dt>Email</dt><dd translate="no">{user.email}</dd></div>
              <div><dt>Display name</dt><dd dir="auto">{user.displayName}</dd></div>
            </dl>
            <DisplayName user={user} />
          </Group>
          <Group id="security" heading={GROUPS.security}>
            <Section id="own-password" heading="Password" text="When you change it, you stay signed in here and we sign you out everywhere else." button="Change password" />
            <div className="sections" id="second-factor" />
            <Passkeys />
          </Group>
        </div>
        <div>
          <Group id="sessions" heading={GROUPS.sessions}>
            <Sessions />
            <Section heading="How you are signed in" text="In this browser, signing in to the Store signs you out of the Forums, and vice versa." />
          </Group>
          <Group id="data" heading={GROUPS.data}>
            <Section id="export" heading="Download your data" text="Everything we store about you, in one file." button="Get your data" />
            <Section id="delete-account" heading="Delete your account" text="This deletes your account for the Store and the Forums, your display name, your cart and your drafts, and signs you out everywhere. Your posts stay, without your name. You can't undo this." button="Delete my account…" />
          </Group>
        </div>
      </div>
    </>
  );
}

show(document.getElementById('app'), { Layout, Products, Account });
