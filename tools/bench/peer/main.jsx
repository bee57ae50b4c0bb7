// The peer: the Store's sign-in, cart, products and account in idiomatic React with the usual libraries. `build.mjs` bundles it twice, for
// React and for Preact. The benchmark compares the app with both.

import { NavLink, Outlet } from 'react-router';
import { Account } from './account.jsx';
import { leave, show } from './app.jsx';
import { Products } from './products.jsx';
import { useSession } from './use-session.js';
import './style.css';

function Layout() {
  const session = useSession();
  return (
    <>
      <header>
        <nav aria-label="Main">
          <NavLink to="/" end>Products</NavLink>
          <NavLink to="/cart">Cart</NavLink>
          <NavLink to="/account">Account</NavLink>
        </nav>
        {session && (
          <p>
            {session.email} <button type="button" onClick={leave}>Sign out</button>
          </p>
        )}
      </header>
      <main>
        <Outlet />
      </main>
    </>
  );
}

show(document.getElementById('root'), { Layout, Products, Account });
