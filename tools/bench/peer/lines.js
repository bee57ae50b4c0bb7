// The changes of the cart's lines, in the cache and at the server. All peers share this file.

import { request } from './session.js';

export const CART = ['cart'];
export const MAX_QUANTITY = 99;

const totalOf = lines => lines.reduce((sum, line) => sum + line.unitPrice * line.quantity, 0);

export function change(cart, { product, quantity }) {
  const lines =
    quantity === 0
      ? cart.lines.filter(line => line.product !== product)
      : cart.lines.map(line => (line.product === product ? { ...line, quantity } : line));
  return { ...cart, lines, total: totalOf(lines) };
}

// Adds one of the product.
export const add = product =>
  request('/api/shopping-cart/lines', {
    method: 'POST',
    headers: { 'idempotency-key': crypto.randomUUID() },
    json: { product, quantity: 1 },
  });

export function send({ product, quantity }) {
  const path = `/api/shopping-cart/lines/${product}`;
  return quantity === 0 ? request(path, { method: 'DELETE' }) : request(path, { method: 'PUT', json: { quantity } });
}
