//! Drives the session machine event by event, without a browser, a network or a clock. There is one module for each subject.

mod any_events;
mod cookies;
mod current_user;
mod failures;
mod in_memory;
mod leftovers;
mod long_trace;
mod lost_history;
mod pace;
mod parsed;
mod reads_storage_first;
mod recorded;
mod refresh;
mod scenarios;
mod session_version;
mod several_tabs;
mod storage_lag;
mod support;
mod totality;
mod trouble;
mod unauthorized;
