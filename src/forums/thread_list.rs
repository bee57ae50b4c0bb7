//! The list of the Forums' threads: the threads that the app has read from the backend, page by page, and the posts that were published or
//! changed in this tab after that. This module neither renders nor sends anything.

use super::api::ListPage;
use storefront_api::Post;
use storefront_api::product_threads::ThreadProduct;

/// The threads that the app has read.
#[derive(Clone, PartialEq, Eq)]
pub struct ThreadList {
    /// The query in the URL of the app's page when the threads were read.
    pub search: String,
    /// The product that the threads are about, if the query names one that the Store has.
    pub product: Option<ThreadProduct>,
    /// The words that were searched for, if no thread has all words of the query.
    pub searched_for: Option<String>,
    /// The threads, in the list's order.
    pub threads: Vec<Post>,
    /// The URL of the next page.
    pub next: Option<String>,
}

impl ThreadList {
    /// Creates the list after its first page was read again. The later pages of the list `before` stay, so that a returning reader sees the
    /// same threads. They are dropped if the first page has so many new threads that threads between the first and the later pages would be
    /// missing.
    pub fn of_first_page(search: String, page: ListPage, before: Option<&Self>) -> Self {
        let mut list = Self { search, product: None, searched_for: page.searched_for, threads: page.threads, next: page.next };
        let Some(before) = before.filter(|it| it.search == list.search) else { return list };
        let last = list.threads.last().and_then(|last| before.threads.iter().position(|it| it.id == last.id));
        if let Some(last) = last {
            let later: Vec<_> = before.threads[last + 1..].iter().filter(|it| !has(&list.threads, it)).cloned().collect();
            if !later.is_empty() {
                list.threads.extend(later);
                list.next.clone_from(&before.next);
            }
        }
        list
    }

    /// Adds the next page.
    pub fn extend(&mut self, page: ListPage) {
        let new: Vec<_> = page.threads.into_iter().filter(|it| !has(&self.threads, it)).collect();
        self.threads.extend(new);
        self.next = page.next;
    }
}

/// The value of `name` in the query of the page's URL, still encoded. `name` ends with `=`. Empty if the query lacks it.
pub fn parameter<'a>(search: &'a str, name: &str) -> &'a str {
    let text = search.trim_start_matches('?').split('&').find(|it| it.starts_with(name)).unwrap_or_default();
    text.get(name.len()..).unwrap_or_default()
}

/// The id of the product in a query of the page's URL. No id contains a character that needs encoding.
pub fn product_in(search: &str) -> &str {
    parameter(search, "product=")
}

fn has(posts: &[Post], post: &Post) -> bool {
    posts.iter().any(|it| it.id == post.id)
}

/// A post that was published or changed in this tab.
#[derive(Clone, PartialEq, Eq)]
pub struct KnownPost {
    /// The id of the thread, if the post is a reply that was published in this tab.
    pub thread: Option<String>,
    /// The post.
    pub post: Post,
    /// Whether the post was published in this tab.
    pub is_published: bool,
    /// The number of this publication or change: this tab counts them.
    pub stamp: usize,
}

/// The posts of an answer from the backend, with this tab's version in place of each post that is not newer.
pub fn with_changes(posts: &[Post], known: &[KnownPost]) -> Vec<Post> {
    let newest = |post: &Post| known.iter().find(|it| it.post.id == post.id && it.post.version >= post.version).map(|it| it.post.clone());
    posts.iter().map(|post| newest(post).unwrap_or_else(|| post.clone())).collect()
}

/// The posts that were published in this tab and are missing in `posts`, the newest first. `thread` selects the replies of one thread,
/// `None` the posts that begin threads.
pub fn published<'a>(posts: &[Post], known: &'a [KnownPost], thread: Option<&str>) -> Vec<&'a Post> {
    let is_missing = |it: &&KnownPost| it.is_published && it.thread.as_deref() == thread && !has(posts, &it.post);
    known.iter().rev().filter(is_missing).map(|it| &it.post).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use wasm_bindgen_test::wasm_bindgen_test;

    fn posts(ids: &[&str]) -> Vec<Post> {
        ids.iter().map(|id| Post { id: (*id).to_owned(), ..Post::default() }).collect()
    }

    fn page(ids: &[&str], next: Option<&str>) -> ListPage {
        ListPage { threads: posts(ids), next: next.map(str::to_owned), has_draft: false, product_name: None, searched_for: None }
    }

    fn ids(list: &ThreadList) -> String {
        list.threads.iter().map(|it| &*it.id).collect()
    }

    #[wasm_bindgen_test]
    fn the_reread_first_page_keeps_the_later_ones() {
        let mut before = ThreadList::of_first_page(String::new(), page(&["d", "c"], Some("2")), None);
        before.extend(page(&["c", "b", "a"], Some("3")));
        assert_eq!((&*ids(&before), before.next.as_deref()), ("dcba", Some("3")));
        let reread = ThreadList::of_first_page(String::new(), page(&["e", "d"], Some("1")), Some(&before));
        assert_eq!((&*ids(&reread), reread.next.as_deref()), ("edcba", Some("3")));
        let gap = ThreadList::of_first_page(String::new(), page(&["g", "f"], Some("1")), Some(&before));
        assert_eq!((&*ids(&gap), gap.next.as_deref()), ("gf", Some("1")));
        let other = ThreadList::of_first_page("?q=a".to_owned(), page(&["d"], None), Some(&before));
        assert_eq!((&*ids(&other), other.next.as_deref()), ("d", None));
    }

    #[wasm_bindgen_test]
    fn changes_in_this_tab_replace_older_answers() {
        let known = |id: &str, thread: Option<&str>, version: i64, is_published: bool| KnownPost {
            thread: thread.map(str::to_owned),
            post: Post { id: id.to_owned(), version, ..Post::default() },
            is_published,
            stamp: 0,
        };
        let all = [known("a", None, 2, false), known("x", None, 1, true), known("y", None, 1, true), known("r", Some("a"), 1, true)];
        let read = [Post { id: "a".into(), version: 1, ..Post::default() }, Post { id: "b".into(), ..Post::default() }];
        assert_eq!(with_changes(&read, &all).iter().map(|it| it.version).collect::<Vec<_>>(), [2, 0]);
        let newer = [Post { id: "a".into(), version: 3, ..Post::default() }];
        assert_eq!(with_changes(&newer, &all)[0].version, 3, "this tab's version replaced a newer version");
        assert_eq!(published(&read, &all, None).iter().map(|it| &*it.id).collect::<String>(), "yx");
        assert_eq!(published(&read, &all, Some("a")).iter().map(|it| &*it.id).collect::<String>(), "r");
        assert!(published(&posts(&["x", "y"]), &all, None).is_empty());
    }
}
