import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from 'react-router';
import { add } from './lines.js';
import { money } from './money.js';
import { request } from './session.js';
import { useSession } from './use-session.js';

function Product({ product }) {
  const queries = useQueryClient();
  const navigate = useNavigate();
  const session = useSession();
  const { id, name, description, price, currency, stock } = product;
  const addition = useMutation({ mutationFn: () => add(id), onSuccess: cart => queries.setQueryData(['cart'], cart) });
  const click = () => (session ? addition.mutate() : navigate('/login', { state: { from: '/' } }));
  return (
    <li className="product">
      <h2>{name}</h2>
      <p>{description}</p>
      <p>{money(price, currency)}</p>
      {stock > 0 ? <button type="button" disabled={addition.isPending} onClick={click}>Add to cart</button> : <p>Sold out</p>}
      {addition.isSuccess && <p>Added.</p>}
      {addition.isError && <p role="alert">This could not be added.</p>}
    </li>
  );
}

export function Products() {
  const { data: products, error } = useQuery({ queryKey: ['products'], queryFn: () => request('/api/products') });
  if (error) return <p role="alert">The products cannot be loaded.</p>;
  return (
    <>
      <h1>Products</h1>
      {products ? <ul>{products.map(product => <Product key={product.id} product={product} />)}</ul> : <p aria-busy="true">Loading…</p>}
    </>
  );
}
