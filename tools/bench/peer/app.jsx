// What both variants of the peer have in common: the routes, and the guard of the pages that need a sign-in.

import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { createRoot } from 'react-dom/client';
import { BrowserRouter, Navigate, Outlet, Route, Routes, useLocation } from 'react-router';
import { Cart } from './cart.jsx';
import { signOut } from './session.js';
import { SignIn } from './sign-in.jsx';
import { useSession } from './use-session.js';

const queries = new QueryClient({ defaultOptions: { queries: { retry: false } } });

export function leave() {
  signOut();
  queries.clear();
}

function SignedIn() {
  const { pathname } = useLocation();
  return useSession() ? <Outlet /> : <Navigate to="/login" replace state={{ from: pathname }} />;
}

// Shows the app in `root`, with the variant's own frame, products and account.
export function show(root, { Layout, Products, Account }) {
  createRoot(root).render(
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
}
