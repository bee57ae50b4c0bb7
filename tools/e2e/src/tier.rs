//! Selects the journeys of a run by `E2E_TIER`, which `cargo xtask test` sets.

use storefront_api::Workflow;

/// The journeys of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tier {
    /// Journeys that loop over workflows run only in the first workflow, and check pages in the narrowest and the widest window.
    Core,
    /// Journeys that loop over workflows run in the other workflows.
    Rest,
    /// All journeys run in all workflows.
    Whole,
}

impl Tier {
    /// The value of `E2E_TIER`.
    ///
    /// # Panics
    /// If the value is not `core`, `rest` or `whole`.
    pub fn from_environment() -> Self {
        match std::env::var("E2E_TIER").as_deref() {
            Ok("core") => Self::Core,
            Ok("rest") => Self::Rest,
            Ok("whole") | Err(_) => Self::Whole,
            Ok(other) => panic!("E2E_TIER is {other:?}"),
        }
    }
}

/// The workflows in which a journey runs.
pub fn workflows_of<const N: usize>(workflows: [Workflow; N]) -> impl Iterator<Item = Workflow> {
    let (skipped, taken) = match Tier::from_environment() {
        Tier::Core => (0, 1),
        Tier::Rest => (1, N),
        Tier::Whole => (0, N),
    };
    workflows.into_iter().skip(skipped).take(taken)
}
