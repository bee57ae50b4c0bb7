-- What keeps a search for products short on PostgreSQL where the list is ordered by price, and all that cost more or less than what is
-- searched for come first. SQLite needs nothing of it.
--
-- Prices are cut into steps, each of which ends some 6 % above the one below. Beside each word of a product, a second index has the word
-- together with the step of its price. So the words of the dearest or the cheapest steps are found without those of all others.

CREATE FUNCTION price_step(price BIGINT) RETURNS INTEGER LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CAST(floor(16 * ln(CAST(greatest(price, 1) AS DOUBLE PRECISION))) AS INTEGER)
$$;

-- Each word as `120:word`. The beginning of a long word is enough, because no search is that long, and an index takes no very long words.
CREATE FUNCTION words_at_price(price BIGINT, words tsvector) RETURNS tsvector LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT array_to_tsvector(ARRAY(
        SELECT CAST(price_step(price) AS TEXT) || ':' || left(word, 200) FROM unnest(tsvector_to_array(words)) AS word
    ))
$$;
CREATE INDEX products_by_words_at_price ON products USING gin (words_at_price(price, words)) WITH (fastupdate = off)
    WHERE main_product IS NULL;
