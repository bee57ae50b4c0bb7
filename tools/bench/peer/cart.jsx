import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { memo, useCallback } from 'react';
import { Link } from 'react-router';
import { CART, change, MAX_QUANTITY, send } from './lines.js';
import { money } from './money.js';
import { request } from './session.js';

// Shows a change at once, and rolls it back if the server rejects it.
function useChange() {
  const queries = useQueryClient();
  const { mutate } = useMutation({
    mutationFn: send,
    onMutate: async wanted => {
      await queries.cancelQueries({ queryKey: CART });
      const before = queries.getQueryData(CART);
      queries.setQueryData(CART, change(before, wanted));
      return before;
    },
    onSuccess: answer => answer?.lines && queries.setQueryData(CART, answer),
    onError: (_error, _wanted, before) => queries.setQueryData(CART, before),
  });
  return useCallback((product, quantity) => mutate({ product, quantity }), [mutate]);
}

const Line = memo(function Line({ line, currency, onChange }) {
  const { product, name, unitPrice, quantity } = line;
  const set = wanted => wanted >= 1 && wanted <= MAX_QUANTITY && onChange(product, wanted);
  return (
    <li className="line">
      <h2>{name}</h2>
      <p>{money(unitPrice, currency)} each</p>
      <div role="group" aria-label={`${name}, quantity`}>
        <button type="button" aria-label={`Decrease quantity of ${name}`} disabled={quantity <= 1} onClick={() => set(quantity - 1)}>−</button>
        <input
          type="number"
          min="1"
          max={MAX_QUANTITY}
          aria-label={`Quantity of ${name}`}
          value={quantity}
          onChange={event => set(event.target.valueAsNumber)}
        />
        <button type="button" aria-label={`Increase quantity of ${name}`} disabled={quantity >= MAX_QUANTITY} onClick={() => set(quantity + 1)}>+</button>
      </div>
      <p className="total">{money(unitPrice * quantity, currency)}</p>
      <button type="button" aria-label={`Remove ${name}`} onClick={() => onChange(product, 0)}>Remove</button>
    </li>
  );
});

export function Cart() {
  const { data: cart, error } = useQuery({ queryKey: CART, queryFn: () => request('/api/load-shopping-cart') });
  const onChange = useChange();
  if (error) return <p role="alert">The cart cannot be loaded.</p>;
  if (!cart) return <p aria-busy="true">Loading…</p>;
  return (
    <>
      <h1>Your cart</h1>
      {cart.lines.length === 0 ? (
        <p>Your cart is empty. <Link to="/">See all products</Link></p>
      ) : (
        <>
          <ul>
            {cart.lines.map(line => (
              <Line key={line.product} line={line} currency={cart.currency} onChange={onChange} />
            ))}
          </ul>
          <p className="total">Total {money(cart.total, cart.currency)}</p>
        </>
      )}
    </>
  );
}
