//! The steps of the published workflows, FusionAuth's articles "Login & Auth Workflows". The numbers are those of the articles. The words
//! are our own.
//!
//! There is one table per workflow. Phases without numbered steps are not in the articles: they show what stops an attack, the Store after
//! a sign-in at the Forums, and signing out.

mod device_bound;
mod notation;
mod spa_backend;
mod spa_local_storage;
mod spa_shared_domain;
mod webapp_jwt;
mod webapp_session;

use crate::PublishedPhase;
use storefront_api::Workflow;

/// The phases of a workflow, in the order in which they are run.
pub fn published(workflow: Workflow) -> &'static [PublishedPhase] {
    match workflow {
        Workflow::SpaBackend => spa_backend::PHASES,
        Workflow::SpaSharedDomain => spa_shared_domain::PHASES,
        Workflow::SpaLocalStorage => spa_local_storage::PHASES,
        Workflow::WebappJwt => webapp_jwt::PHASES,
        Workflow::WebappSession => webapp_session::PHASES,
    }
}

/// The ending of a workflow whose sign-ins are bound to devices: the thief has all cookies, and opens nothing. It is not published, and runs
/// over https only. Empty for workflows whose sign-ins cannot be bound.
pub fn device_bound_ending(workflow: Workflow) -> &'static [PublishedPhase] {
    match workflow {
        Workflow::SpaBackend => &[device_bound::SPA_BACKEND],
        Workflow::WebappJwt => &[device_bound::WEBAPP_JWT],
        Workflow::WebappSession => &[device_bound::WEBAPP_SESSION],
        Workflow::SpaLocalStorage | Workflow::SpaSharedDomain => &[],
    }
}

/// How many steps the published workflow has.
pub fn last_step(workflow: Workflow) -> u32 {
    match workflow {
        Workflow::SpaBackend => 37,
        Workflow::SpaSharedDomain => 36,
        Workflow::SpaLocalStorage => 33,
        Workflow::WebappJwt => 35,
        Workflow::WebappSession => 42,
    }
}

#[cfg(test)]
mod tests {
    use super::{last_step, published};
    use std::collections::BTreeSet;
    use storefront_api::WORKFLOWS;

    #[test]
    fn every_step_of_every_workflow_is_in_one_phase_in_its_order() {
        for workflow in WORKFLOWS {
            let numbers: Vec<u32> = published(workflow).iter().flat_map(|phase| phase.steps).filter_map(|step| step.number).collect();
            assert_eq!(numbers, (1..=last_step(workflow)).collect::<Vec<_>>(), "{}", workflow.slug());
            let titles: BTreeSet<&str> = published(workflow).iter().map(|phase| phase.title).collect();
            assert_eq!(titles.len(), published(workflow).len(), "{}: two phases have the same title", workflow.slug());
        }
    }
}
