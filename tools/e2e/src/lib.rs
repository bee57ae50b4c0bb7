//! Journeys through real browsers against the real processes. Nearly all run in Chromium. Journeys that act before the app has started run
//! in each engine.
//!
//! A [`Journey`] is a test with its own [`Deployment`] (an emulator and a server on free ports, databases in a temporary folder,
//! one record of every message on the wire) and a browser with an empty profile. Journeys share nothing, so they can run at the same
//! time and in any order. They change FusionAuth's settings by its admin API only. No journey waits until something expires,
//! because [`Journey::advance`] moves the clock.
//!
//! The environment has these variables, each with a default that fits the workspace after a build:
//!
//! | variable | what | default |
//! |---|---|---|
//! | `FUSIONAUTH_EMULATOR` | the emulator's binary | `target/debug/fusionauth-emulator` |
//! | `STOREFRONT_SERVER` | the server's binary | `target/debug/development-world` |
//! | `DEVELOPMENT_CERTIFICATES` | the program that makes the certificates for https | `target/debug/development-certificates` |
//! | `STOREFRONT_DIST` | the built SPA | `dist` |
//! | `TEMPLATE_SERVER` | the backend of a project made from `session/template/` | `target/debug/server` |
//! | `TEMPLATE_DIST` | its built app | `target/wasm/template` |
//! | `CHROMEDRIVER` | the driver | `chromedriver` on `PATH` |
//! | `AXE_CORE` | axe-core's `axe.min.js` | `target/tools/npm/node_modules/axe-core/axe.min.js` |
//! | `E2E_TOPOLOGY` | `single`: one server on SQLite; `cluster`: two on PostgreSQL, behind a round-robin proxy | `single` |
//! | `E2E_SCHEME` | `https`: every port that a browser uses speaks TLS, with an authority created for the run | `http` |
//! | `E2E_LANGUAGE` | `de` or `fr`: the browser's language, and journeys look for the translations of their English texts | `en` |
//! | `E2E_TIME_FACTOR` | the factor for time limits on a slow machine, such as `2.5` | `1` |
//! | `E2E_TIER` | `core`: journeys that loop over workflows run in the first workflow, and check pages in two windows; `rest`: the loops run in the other workflows | `whole` |
//! | `E2E_SCREENSHOTS` | if set, pictures of every page and state are saved in `target/screenshots` | |
//! | `TEST_DATABASE_URL` | the cluster's PostgreSQL server | |
//! | `CHROMIUM` | the browser | whatever chromedriver finds, or `/usr/bin/chromium` |
//! | `HEADLESS_CHROMIUM` | the browser of journeys with scripts, such as Chromium's headless shell | `CHROMIUM` |
//! | `FIREFOX`, `GECKODRIVER` | Firefox and its driver | not tested |
//! | `MINI_BROWSER`, `WEBKIT_DRIVER` | WebKitGTK's browser and its driver | not tested |

#![warn(missing_docs)]

mod accessibility_tree;
pub mod account;
mod admin_api;
mod announcements;
mod attacker;
mod authenticator;
mod axe;
mod balancer;
mod browser;
mod clock;
mod closing_tabs;
mod covered_controls;
mod deployment;
mod engine;
mod fixtures;
mod foreign_page;
mod forms;
mod forward;
mod holding_proxy;
mod intercepting_proxy;
mod journey;
mod language;
mod limits;
mod listener;
mod mailbox;
mod page;
mod process;
mod record;
mod server_commands;
mod service;
mod setup;
mod site;
mod template;
mod tier;
mod tls;
mod topology;
mod waits;

pub use admin_api::AdminApi;
pub use attacker::{Attacker, AttackerResponse};
pub use authenticator::Authenticator;
pub use axe::{AxeRules, AxeViolation};
pub use browser::{Browser, StoredCookie, Tab};
pub use clock::{ACCESS_TOKEN_LIFE, SESSION_IDLE};
pub use deployment::Deployment;
pub use engine::{Engine, EngineBrowser, Submit};
pub use foreign_page::CrossOriginPage;
pub use forms::SignInForm;
pub use holding_proxy::HoldingProxy;
pub use intercepting_proxy::{HeldMessage, InterceptingProxy, TruncatedResponse};
pub use journey::{Journey, journey, journey_in};
pub use language::{language, shown};
pub use mailbox::{mailed_code, mailed_link, mailed_text};
pub use page::Role;
pub use record::{Record, RecordPosition, RecordedExchange, RecordedResponse, is_sent_when_idle};
pub use setup::{FusionAuthCookies, Setup};
pub use site::{Application, Site};
pub use storefront_api::Workflow;
pub use template::TemplateApp;
pub use test_support::totp::of as totp;
pub use tier::{Tier, workflows_of};
pub use waits::poll;
