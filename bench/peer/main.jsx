// The peer: the Store's sign-in, cart, products and account in idiomatic React with the usual libraries. `build.mjs` bundles it twice, for
// React and for Preact. The benchmark compares the app with both.

import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { createRoot } from 'react-dom/client';
import { BrowserRouter, NavLink, Navigate, Outlet, Route, Routes, useLocation } from 'react-router';
import { Account } from './account.jsx';
import { Cart } from './cart.jsx';
import { Products } from './products.jsx';
import { signOut, useSession } from './session.js';
import { SignIn } from './sign-in.jsx';
import './style.css';

const queries = new QueryClient({ defaultOptions: { queries: { retry: false } } });

function Layout() {
  const session = useSession();
  const leave = () => {
    signOut();
    queries.clear();
  };
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

function SignedIn() {
  const { pathname } = useLocation();
  return useSession() ? <Outlet /> : <Navigate to="/login" replace state={{ from: pathname }} />;
}

createRoot(document.getElementById('root')).render(
  <QueryClientProvider client={queries}>
    <BrowserRouter>
      <Routes>
        <Route element={<Layout />}>
          <Route index element={<Products />} />
          <Route path="login" element={<SignIn />} />
          <Route element={<SignedIn />}>
            <Route path="cart" element={<Cart />} />
            <Route path="account" element={<Account />} />
          </Route>
        </Route>
      </Routes>
    </BrowserRouter>
  </QueryClientProvider>,
);
