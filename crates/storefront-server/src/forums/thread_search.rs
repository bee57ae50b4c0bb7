//! Which threads of a list have the words of a search, on PostgreSQL.
//!
//! PostgreSQL's index of words knows no order: it would read all posts with a word before the newest come out. So a search looks at the
//! beginning of the list first, in the slices of threads (`migrations/postgres/0022_post_search.sql`), and at more of it if that fills no
//! page. What few threads have is read as a whole. How far a step goes follows from what the step before has found and from a sample of all
//! posts; what is found does not.

use crate::forums::posts::{PAGE_SIZE, Row, SELECT, Sort};
use crate::forums::{page_cursor::PageCursor, search::SearchTerms};
use crate::product_threads::is_about;
use sqlx::{AnyPool, AssertSqlSafe};

/// How many threads the first step looks at. A word in every second thread fills the page with these.
const FIRST_STEP: i64 = 64;
/// How many it looks at when the first had none.
const SECOND_STEP: i64 = 1_024;
/// How many it looks at before it asks the sample whether the posts that are found are few in all, so that reading each is the shorter way.
const LONG_STEP: i64 = 4_096;
/// Beyond so many, each post that is found is read.
const LAST_STEP: i64 = 65_536;
/// How many threads are in a slice.
const SLICE: i64 = 64;
/// From this number of posts in the sample on, reading each would take long. The sample is one post in 256.
const MANY_IN_SAMPLE: i64 = 8;

/// A word in more posts of a slice than these is no help in finding few posts.
const FREQUENT_IN_SLICE: i64 = 32;

/// A list of threads that is searched.
pub(super) struct ThreadSearch<'a> {
    pub(super) db: &'a AnyPool,
    /// The reader's id.
    pub(super) reader: &'a str,
    pub(super) terms: &'a SearchTerms,
    pub(super) sort: Sort,
    /// Where the page begins.
    pub(super) after: &'a PageCursor,
    /// The product that the threads are about. Empty: they may be about anything.
    pub(super) product: &'a str,
}

/// What the sample says of the posts with the words of a search.
struct Sample {
    /// How many of them are in the sample.
    posts: i64,
    /// About how many threads of the list come before the first of these. `None`: none follows, or the list has another order than the
    /// slices.
    threads_before: Option<i64>,
}

/// Where a step looks.
#[derive(Clone, Copy)]
enum Range {
    /// In this number of threads from the beginning of the page on.
    First(i64),
    /// In all threads.
    All,
}

impl ThreadSearch<'_> {
    /// The rows of a page, and one more if there is another page.
    ///
    /// # Errors
    /// The database's.
    pub(super) async fn page(&self) -> Result<Vec<Row>, sqlx::Error> {
        let (mut threads, mut rare) = (FIRST_STEP, None);
        // A word that is too long for the index of slices is in hardly any post.
        while threads <= LAST_STEP && !self.terms.has_long_word() {
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
                // More than fill the page where the words are as frequent as here. Powers of two keep the prepared statements few.
                _ => ((threads * (PAGE_SIZE + 1) * 5 / 4 / found).max(threads * 2) as u64).next_power_of_two() as i64,
            };
            let sample = if found == 0 || next > LONG_STEP { Some(self.sample(rare.as_ref().unwrap_or(self.terms)).await?) } else { None };
            threads = match sample {
                // Of one product's threads the first thousand are read sooner than all posts that have the words.
                Some(sample) if sample.posts < MANY_IN_SAMPLE && (next > SECOND_STEP || self.product.is_empty()) => break,
                // Many posts, all of them further down: this reaches the end of the first slice that has any, and reads few of the others.
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

    /// What the sample says of the posts with the words.
    async fn sample(&self, terms: &SearchTerms) -> Result<Sample, sqlx::Error> {
        let query = "WITH found AS MATERIALIZED (SELECT slice FROM posts WHERE hashtext(id) & 255 = 0 AND words @@ CAST($1 AS tsquery)),
                 list AS MATERIALIZED (
                     SELECT slice FROM posts WHERE thread IS NULL AND (created_at, id) < ($2, $3) ORDER BY created_at DESC, id DESC LIMIT 1)
             SELECT COUNT(*), (SELECT slice FROM list) - MAX(slice) FILTER (WHERE slice <= (SELECT slice FROM list)) FROM found";
        let query = sqlx::query_as(query).bind(terms.query(true)).bind(self.after.micros).bind(&self.after.id);
        let (posts, slices_before): (i64, Option<i64>) = query.fetch_one(self.db).await?;
        let is_in_order = self.sort == Sort::Newest && self.product.is_empty();
        Ok(Sample { posts, threads_before: slices_before.filter(|_| is_in_order).map(|it| it * SLICE) })
    }

    /// Whether the rest of the list has fewer threads than these, so that all of them have been looked at.
    async fn has_fewer_than(&self, threads: i64) -> Result<bool, sqlx::Error> {
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

    /// The words for which the index is asked: all, but for frequent ones beside others. PostgreSQL would gather each post with one of
    /// these before it looks at the others.
    async fn rare_terms(&self) -> Result<SearchTerms, sqlx::Error> {
        if self.terms.words().len() < 2 {
            return Ok(self.terms.clone());
        }
        // The slice of the page's first threads may have just begun, so it is the one before.
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

    /// The rows of the page, as far as they are in `range`. The words of `indexed` are looked up, and the others of the search are looked
    /// for in the posts that are found.
    async fn step(&self, indexed: &SearchTerms, range: Range) -> Result<Vec<Row>, sqlx::Error> {
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
        // A function is never looked up in an index, as its operator would be.
        let all_words = if indexed == *terms {
            String::new()
        } else {
            format!("AND ts_match_vq(words, CAST({} AS tsquery))", parameter(terms.query(true)))
        };
        let about = if product.is_empty() { String::new() } else { format!("AND {}", is_about(&parameter((*product).to_owned()))) };
        let list = format!("posts.thread IS NULL AND ({column}, posts.id) < ($2, $3) {about}");
        let hits = format!("SELECT DISTINCT COALESCE(thread, id) AS id FROM posts WHERE deleted_by = '' {all_words}");
        // `OFFSET 0` has each thread looked up by its id: PostgreSQL knows too little about the hits to see that they are few.
        let page = |end: &str| {
            format!(
                "page AS MATERIALIZED (
                     SELECT thread.id, at FROM hits
                     CROSS JOIN LATERAL (SELECT posts.id, {column} AS at FROM posts WHERE posts.id = hits.id AND {list} {end} OFFSET 0) AS thread
                     ORDER BY at DESC, thread.id DESC LIMIT {limit})"
            )
        };
        let found = match range {
            // Of several threads of one time at the end of the range, some may be in other slices. So the range ends before that time,
            // unless it has the whole list.
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
        let sql = format!("WITH {found} {SELECT} JOIN page ON page.id = posts.id ORDER BY page.at DESC, posts.id DESC");
        let query = sqlx::query_as(AssertSqlSafe(sql)).bind(*reader).bind(after.micros).bind(after.id.clone());
        parameters.into_iter().fold(query, |query, text| query.bind(text)).fetch_all(*db).await
    }
}
