use crate::browser::timer::{first, limit};
use fusionauth_session::{Epoch, Order};
use js_sys::{Array, Promise, Reflect};
use std::cell::RefCell;
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use web_sys::{IdbDatabase, IdbObjectStore, IdbTransactionMode};

/// Four integers in IndexedDB: the one store whose reads are ordered by the cross-tab lock in every engine. Where it is
/// missing, blocked or slow, everything works as without it.
pub(crate) struct Ordering {
    /// The database's; `None` where nothing is shared with other tabs that would need an order.
    name: Option<String>,
    database: RefCell<Option<IdbDatabase>>,
}

/// What the last holder of the lock left.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
#[cfg_attr(test, derive(Debug))]
pub(crate) struct Mark {
    /// How far the session had come.
    pub(crate) order: Order,
    /// A request was sent, and its end was never noted: whoever sent it died.
    pub(crate) under_way: bool,
}

/// Each of two steps, to open it and to read or write, takes a millisecond; this is for a browser in which they never end.
const LIMIT_MS: i32 = 500;
const STORE: &str = "order";

impl Ordering {
    pub(crate) fn new(name: Option<&str>) -> Self {
        Self { name: name.map(str::to_owned), database: RefCell::new(None) }
    }

    pub(crate) async fn read(&self) -> Mark {
        self.try_read().await.unwrap_or_default()
    }

    /// Returns when it is written, or can't be.
    pub(crate) async fn write(&self, mark: Mark) {
        if self.try_write(mark).await.is_none() {
            // A connection that was closed by the browser is opened anew the next time.
            self.database.take();
        }
    }

    /// Closes the connection, so that a page in the back/forward cache has none; it is opened anew when it is needed.
    pub(crate) fn close(&self) {
        if let Some(database) = self.database.take() {
            database.close();
        }
    }

    async fn try_read(&self) -> Option<Mark> {
        let request = self.store(IdbTransactionMode::Readonly).await?.get(&STORE.into()).ok()?;
        settled(&request).await?;
        decode(&request.result().ok()?)
    }

    async fn try_write(&self, mark: Mark) -> Option<()> {
        let store = self.store(IdbTransactionMode::Readwrite).await?;
        store.put_with_key(&encode(mark), &STORE.into()).ok()?;
        let transaction = store.transaction();
        // Otherwise the browser asks the page whether more comes, which may be frozen by then, and others wait for it.
        #[expect(deprecated, reason = "a label in Firefox's interface description; no specification deprecates it")]
        transaction.commit().ok()?;
        settled(&transaction).await
    }

    async fn store(&self, mode: IdbTransactionMode) -> Option<IdbObjectStore> {
        let open = self.database.borrow().clone();
        let database = match open {
            Some(database) => database,
            None => self.open().await?,
        };
        let transaction = database.transaction_with_str_and_mode(STORE, mode).ok()?;
        transaction.object_store(STORE).ok()
    }

    async fn open(&self) -> Option<IdbDatabase> {
        let request = web_sys::window()?.indexed_db().ok()??.open_with_u32(self.name.as_deref()?, 1).ok()?;
        let upgraded = request.clone();
        let upgrade = Closure::once_into_js(move || {
            let database = upgraded.result().ok().map(|it| it.unchecked_into::<IdbDatabase>());
            database.and_then(|it| it.create_object_store(STORE).ok());
        });
        request.set_onupgradeneeded(Some(upgrade.unchecked_ref()));
        settled(&request).await?;
        let database: IdbDatabase = request.result().ok()?.unchecked_into();
        self.database.replace(Some(database.clone()));
        Some(database)
    }
}

/// Waits until a request or a transaction is done. It listens to every event that either of them may end with, because
/// one function without setters of different types is a quarter of the code.
async fn settled(under_way: &JsValue) -> Option<()> {
    let promise = Promise::new(&mut |done, failed| {
        for (name, then) in
            [("onsuccess", &done), ("oncomplete", &done), ("onerror", &failed), ("onabort", &failed), ("onblocked", &failed)]
        {
            let _ = Reflect::set(under_way, &name.into(), then);
        }
    });
    first(&promise, &limit(LIMIT_MS)).await.ok().map(drop)
}

fn encode(mark: Mark) -> JsValue {
    let Order { epoch, generation } = mark.order;
    let numbers = [epoch.number, epoch.nonce, generation, u32::from(mark.under_way)];
    numbers.into_iter().map(JsValue::from).collect::<Array>().into()
}

fn decode(value: &JsValue) -> Option<Mark> {
    let array = value.dyn_ref::<Array>()?;
    let number = |at| array.get(at).as_f64().map(|it| it as u32);
    let order = Order { epoch: Epoch { number: number(0)?, nonce: number(1)? }, generation: number(2)? };
    Some(Mark { order, under_way: number(3)? != 0 })
}

#[cfg(all(test, target_arch = "wasm32"))]
mod tests {
    use super::*;
    use wasm_bindgen_test::wasm_bindgen_test;

    fn mark(generation: u32) -> Mark {
        Mark { order: Order { epoch: Epoch { number: 7, nonce: u32::MAX }, generation }, under_way: generation % 2 == 1 }
    }

    #[wasm_bindgen_test]
    async fn what_one_tab_leaves_another_finds() {
        let name = format!("test-ordering-{}", js_sys::Date::now());
        let (one, other) = (Ordering::new(Some(&name)), Ordering::new(Some(&name)));
        assert_eq!(one.read().await, Mark::default());
        for generation in 0..3 {
            one.write(mark(generation)).await;
            assert_eq!(other.read().await, mark(generation));
        }
    }

    #[wasm_bindgen_test]
    fn what_is_no_mark_counts_as_none() {
        for value in [JsValue::NULL, JsValue::UNDEFINED, "1".into(), 7.into(), Array::of2(&1.into(), &2.into()).into()] {
            assert_eq!(decode(&value), None);
        }
    }
}
