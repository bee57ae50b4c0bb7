//! Runs axe-core on a page: its rules for the levels A and AA of WCAG 2.2, and its best practices.
//!
//! DevTools injects the script despite the content security policy, so pages keep the policy of production.

use crate::{Browser, process::program};
use anyhow::{Context, ensure};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::json;
use std::fmt;

/// The rules against which axe-core checks a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AxeRules {
    /// All rules.
    All,
    /// Only the rules about colours, because the other rules give the same result in every colour scheme.
    Colours,
}

impl AxeRules {
    /// The options of `axe.run`. axe-core checks target sizes, a rule of WCAG 2.2, only if `target-size` is enabled.
    const fn options(self) -> &'static str {
        match self {
            Self::All => {
                "{ runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22a', 'wcag22aa', 'best-practice'], \
                 rules: { 'target-size': { enabled: true } }, resultTypes: ['violations'], preload: false }"
            }
            Self::Colours => {
                "{ runOnly: { type: 'rule', values: ['color-contrast', 'link-in-text-block'] }, resultTypes: ['violations'], preload: false }"
            }
        }
    }
}

/// An element that breaks a rule.
#[derive(Debug, Deserialize)]
pub struct AxeViolation {
    /// The rule's id, such as `color-contrast`.
    pub rule: String,
    /// A selector of the element.
    pub selector: String,
    /// What is wrong.
    pub problem: String,
}

impl fmt::Display for AxeViolation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at {}: {}", self.rule, self.selector, self.problem)
    }
}

const VIOLATIONS: &str = ".then(({ violations }) => violations.flatMap(({ id, nodes }) => nodes.map(({ target, any, all, none }) => \
    ({ rule: id, selector: target.join(' '), problem: [...any, ...all, ...none].map(check => check.message).join('; ') }))))";

impl Browser {
    /// The violations that axe-core finds on the page.
    ///
    /// # Errors
    /// If axe-core is not installed (`cargo xtask setup` installs it), or if the browser runs no scripts.
    pub async fn axe_violations(&self, rules: AxeRules) -> anyhow::Result<Vec<AxeViolation>> {
        if self.eval("return typeof axe === 'undefined'").await? {
            let file = program("AXE_CORE", concat!(env!("CARGO_MANIFEST_DIR"), "/../../target/tools/npm/node_modules/axe-core/axe.min.js"));
            let source = std::fs::read_to_string(&file).with_context(|| format!("{} cannot be read", file.to_string_lossy()))?;
            self.evaluate::<()>(&format!("{source};null")).await?;
        }
        self.evaluate(&format!("axe.run(document, {}){VIOLATIONS}", rules.options())).await
    }

    async fn evaluate<T: DeserializeOwned>(&self, expression: &str) -> anyhow::Result<T> {
        let parameters = json!({"expression": expression, "awaitPromise": true, "returnByValue": true});
        let mut answer = self.devtools("Runtime.evaluate", parameters).await?;
        ensure!(answer["exceptionDetails"].is_null(), "axe-core failed: {}", answer["exceptionDetails"]);
        Ok(serde_json::from_value(answer["result"]["value"].take())?)
    }
}
