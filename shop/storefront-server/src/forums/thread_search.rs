//! Finds the threads of a list that contain all words of a search, on PostgreSQL.
//!
//! PostgreSQL's full-text index is unordered: to find the newest posts, PostgreSQL would read all posts with a word. So a search first
//! reads only the beginning of the list. A second index finds words in slices of 64 consecutive threads
//! (`migrations/postgres/0022_post_search.sql`). The search then reads more threads of the list, in steps, until the page is full. If the
//! words are rare, it reads all posts with these words at once. The size of a step depends on the hits of the previous step and on a sample
//! of all posts, but the result of the search does not.

use crate::forums::posts::{PAGE_SIZE, Row, Sort, select};
use crate::forums::{page_cursor::PageCursor, search::SearchTerms};
use crate::product_threads::is_about;
use sqlx::{AnyPool, AssertSqlSafe};

/// The number of threads in the first step. They fill a page if every second thread contains the words.
const FIRST_STEP: i64 = 64;
/// The number of threads in the second step, if the first step had no hits.
const SECOND_STEP: i64 = 1_024;
/// Before a step of more threads than this, and after a step without hits, the search checks in the sample whether there are so few hits
/// that reading all of them is cheaper.
const LONG_STEP: i64 = 4_096;
/// The maximum number of threads in a step. In place of a larger step, the search reads all hits.
const LAST_STEP: i64 = 65_536;
/// The number of threads in a slice.
const SLICE: i64 = 64;
/// If this many posts of the sample have the words, reading all hits would take too long. The sample is one post in 256.
const MANY_IN_SAMPLE: i64 = 8;

/// A word is frequent, and so does not narrow the search, if at least this many posts of a slice have it.
const FREQUENT_IN_SLICE: i64 = 32;

/// A list of threads that is searched.
pub(super) struct ThreadSearch<'a> {
    pub(super) db: &'a AnyPool,
    /// The reader's id.
    pub(super) reader: &'a str,
    pub(super) terms: &'a SearchTerms,
    pub(super) sort: Sort,
    /// The cursor after which the page begins.
    pub(super) after: &'a PageCursor,
    /// The product that the threads are about. If empty, threads about anything are searched.
    pub(super) product: &'a str,
}

/// An estimate for the posts with the words, from a sample of all posts.
struct Sample {
    /// How many posts of the sample have the words.
    posts: i64,
    /// The estimated number of threads in the list before the first hit. `None` if the sample has no hit, or if the list is not in the
    /// order of the slices.
    threads_before: Option<i64>,
}

/// The threads that a step reads.
#[derive(Clone, Copy)]
enum Range {
    /// This many threads, from the beginning of the page on.
    First(i64),
    /// All threads.
    All,
}

impl ThreadSearch<'_> {
    /// The rows of a page, and one more if there is another page.
    pub(super) async fn page(&self) -> sqlx::Result<Vec<Row>> {
        let (mut threads, mut rare) = (FIRST_STEP, None);
        while threads <= LAST_STEP {
            let rows = self.step(rare.as_ref().unwrap_or(self.terms), Range::First(threads)).await?;
            let found = rows.len() as i64;
            if found > PAGE_SIZE || threads <= SECOND_STEP && self.has_fewer_than(threads).await? {
                return Ok(rows);
            }
            if rare.is_none() {
                rare = Some(self.rare_terms().await?);
            }
            let next = match found {
                0 if threads < SECOND_STEP => SECOND_STEP,
                0 => threads * 4,
                // So many threads that the hits more than fill the page if the words are as frequent in them as in this step. Powers of two
                // keep the number of prepared statements low.
                _ => ((threads * (PAGE_SIZE + 1) * 5 / 4 / found).max(threads * 2) as u64).next_power_of_two() as i64,
            };
            let sample = if found == 0 || next > LONG_STEP { Some(self.sample(rare.as_ref().unwrap_or(self.terms)).await?) } else { None };
            threads = match sample {
                // Reading the first thousand threads of one product is faster than reading all posts with the words.
                Some(sample) if sample.posts < MANY_IN_SAMPLE && (next > SECOND_STEP || self.product.is_empty()) => break,
                // Many posts have the words, but all of them are further down in the list. So the next step ends with the first slice that
                // has a hit, and reads few other hits.
                Some(Sample { threads_before: Some(before), .. }) if threads <= before && before < LONG_STEP => before + SLICE,
                _ => next,
            };
        }
        let rare = match rare {
            Some(rare) => rare,
            None => self.rare_terms().await?,
        };
        self.step(&rare, Range::All).await
    }

    /// Looks up the words in the sample.
    async fn sample(&self, terms: &SearchTerms) -> sqlx::Result<Sample> {
        let query = "WITH found AS MATERIALIZED (SELECT slice FROM posts WHERE hashtext(id) & 255 = 0 AND words @@ CAST($1 AS tsquery)),
                 list AS MATERIALIZED (
                     SELECT slice FROM posts WHERE thread IS NULL AND (created_at, id) < ($2, $3) ORDER BY created_at DESC, id DESC LIMIT 1)
             SELECT COUNT(*), (SELECT slice FROM list) - MAX(slice) FILTER (WHERE slice <= (SELECT slice FROM list)) FROM found";
        let query = sqlx::query_as(query).bind(terms.query(true)).bind(self.after.micros).bind(&self.after.id);
        let (posts, slices_before): (i64, Option<i64>) = query.fetch_one(self.db).await?;
        let is_in_order = self.sort == Sort::Newest && self.product.is_empty();
        Ok(Sample { posts, threads_before: slices_before.filter(|_| is_in_order).map(|it| it * SLICE) })
    }

    /// Whether the rest of the list has fewer threads than this, so that the step has read all of them.
    async fn has_fewer_than(&self, threads: i64) -> sqlx::Result<bool> {
        let column = self.sort.column();
        let about = if self.product.is_empty() { String::new() } else { format!("AND {}", is_about("$3")) };
        let query = format!(
            "SELECT posts.id FROM posts WHERE posts.thread IS NULL AND ({column}, posts.id) < ($1, $2) {about}
             ORDER BY {column} DESC, posts.id DESC LIMIT 1 OFFSET {}",
            threads - 1
        );
        let query = sqlx::query_scalar(AssertSqlSafe(query)).bind(self.after.micros).bind(&self.after.id);
        let query = if self.product.is_empty() { query } else { query.bind(self.product) };
        let further: Option<String> = query.fetch_optional(self.db).await?;
        Ok(further.is_none())
    }

    /// The words to look up in the index. If some words are rare, the frequent words are left out, because PostgreSQL would first collect
    /// every post with a frequent word.
    async fn rare_terms(&self) -> sqlx::Result<SearchTerms> {
        if self.terms.words().len() < 2 {
            return Ok(self.terms.clone());
        }
        // The newest slice may be nearly empty, so this counts the posts in the slice of the thread after the 64 newest.
        let query = format!(
            "WITH slice AS MATERIALIZED (SELECT slice FROM posts WHERE thread IS NULL ORDER BY created_at DESC, id DESC LIMIT 1 OFFSET 64)
             SELECT (
                 WITH found AS MATERIALIZED (SELECT 1 FROM posts WHERE words_in_slice(slice, words) @@
                     CAST('''' || (SELECT slice FROM slice) || ':' || word || ''':*' AS tsquery))
                 SELECT COUNT(*) FROM (SELECT 1 FROM found LIMIT {FREQUENT_IN_SLICE}) AS few
             ) FROM unnest(string_to_array($1, ' ')) WITH ORDINALITY AS terms (word, place) ORDER BY place"
        );
        let words = self.terms.words();
        let counts: Vec<i64> = sqlx::query_scalar(AssertSqlSafe(query)).bind(words.join(" ")).fetch_all(self.db).await?;
        let rare = words.iter().zip(counts).filter(|it| it.1 < FREQUENT_IN_SLICE).map(|it| it.0.clone()).collect::<Vec<_>>();
        Ok(if rare.is_empty() { self.terms.clone() } else { SearchTerms::from(rare) })
    }

    /// The rows of the page that are in `range`. Looks up the words of `indexed` in the index, then filters the hits by all words of the
    /// search.
    async fn step(&self, indexed: &SearchTerms, range: Range) -> sqlx::Result<Vec<Row>> {
        let Self { db, reader, terms, sort, after, product } = self;
        let (column, limit) = (sort.column(), PAGE_SIZE + 1);
        let mut parameters = vec![match range {
            Range::First(_) => indexed.query_in_slice(),
            Range::All => indexed.query(true),
        }];
        let mut parameter = |value: String| {
            parameters.push(value);
            format!("${}", parameters.len() + 3)
        };
        // The function in place of the operator `@@` keeps PostgreSQL from using an index for these words.
        let all_words = if indexed == *terms {
            String::new()
        } else {
            format!("AND ts_match_vq(words, CAST({} AS tsquery))", parameter(terms.query(true)))
        };
        let about = if product.is_empty() { String::new() } else { format!("AND {}", is_about(&parameter((*product).to_owned()))) };
        let list = format!("posts.thread IS NULL AND ({column}, posts.id) < ($2, $3) {about}");
        let hits = format!("SELECT DISTINCT COALESCE(thread, id) AS id FROM posts WHERE deleted_by = '' {all_words}");
        // `OFFSET 0` makes PostgreSQL look up each thread by its id, because PostgreSQL does not know that the hits are few.
        let page = |end: &str| {
            format!(
                "page AS MATERIALIZED (
                     SELECT thread.id, at FROM hits
                     CROSS JOIN LATERAL (SELECT posts.id, {column} AS at FROM posts WHERE posts.id = hits.id AND {list} {end} OFFSET 0) AS thread
                     ORDER BY at DESC, thread.id DESC LIMIT {limit})"
            )
        };
        let found = match range {
            // If several threads at the end of the range have the same time, some may be in other slices. So the range ends before that
            // time, unless it covers the whole list.
            Range::First(threads) => format!(
                "threads AS MATERIALIZED (
                     SELECT {column} AS at, slice FROM posts WHERE {list} ORDER BY {column} DESC, posts.id DESC LIMIT {threads}),
                 slices AS MATERIALIZED (SELECT slice, COUNT(*) AS threads, MIN(at) AS at FROM threads GROUP BY slice),
                 hits AS MATERIALIZED (
                     {hits} AND words_in_slice(slice, words) @@ (
                         SELECT CAST(string_agg(replace($4, '#', CAST(slice AS TEXT)), ' | ') AS tsquery) FROM slices)),
                 {}",
                page(&format!("AND {column} > (SELECT MIN(at) - CASE WHEN SUM(threads) < {threads} THEN 1 ELSE 0 END FROM slices)"))
            ),
            Range::All => format!("hits AS MATERIALIZED ({hits} AND words @@ CAST($4 AS tsquery)), {}", page("")),
        };
        let sql = format!("WITH {found} {} JOIN page ON page.id = posts.id ORDER BY page.at DESC, posts.id DESC", select());
        let query = sqlx::query_as(AssertSqlSafe(sql)).bind(*reader).bind(after.micros).bind(after.id.clone());
        parameters.into_iter().fold(query, |query, text| query.bind(text)).fetch_all(*db).await
    }
}
