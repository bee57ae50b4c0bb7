//! Three questions, and the workflow that their answers recommend. The answers are in the page's URL, so the page needs no script, and a
//! link to a recommendation can be sent to somebody.

use maud::{Markup, html};
use serde::Deserialize;
use storefront_api::Workflow;

/// The answers so far.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
pub(super) struct Answers {
    spa: Option<Answer>,
    backend: Option<Answer>,
    domain: Option<Answer>,
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
enum Answer {
    Yes,
    No,
}

use Answer::{No, Yes};

/// A question: its text, a hint, the answers, and the answers in the URL if it is answered with each of them.
struct Question {
    id: &'static str,
    text: &'static str,
    hint: &'static str,
    yes: &'static str,
    no: &'static str,
    given: Option<Answer>,
    /// Whether the earlier answers leave more than one workflow.
    is_needed: bool,
    then: fn(Answers, Answer) -> Answers,
}

impl Answers {
    /// The workflow for these answers, as soon as they leave only one.
    pub(super) fn workflow(self) -> Option<Workflow> {
        match (self.spa?, self.backend, self.domain) {
            (No, ..) => Some(Workflow::WebappSession),
            (Yes, Some(Yes), _) => Some(Workflow::SpaBackend),
            (Yes, Some(No), Some(Yes)) => Some(Workflow::SpaSharedDomain),
            (Yes, Some(No), Some(No)) => Some(Workflow::SpaLocalStorage),
            (Yes, _, _) => None,
        }
    }

    /// Why these answers lead to their workflow.
    fn reason(self) -> &'static str {
        match self.workflow() {
            Some(Workflow::WebappSession) => {
                "Your server renders the pages, so it can keep the token to itself: the browser only gets a session id, and the server \
                 can end a session at once. Take webapp-jwt instead if your backends share no database."
            }
            Some(Workflow::SpaBackend) => {
                "Your backend can keep both tokens in cookies that no script can read. It is the safest choice for a single-page app."
            }
            Some(Workflow::SpaSharedDomain) => {
                "No backend of yours needs to see a password, and cookies of the parent domain keep both tokens from every script. All \
                 apps and APIs of the domain use the same cookies."
            }
            Some(Workflow::SpaLocalStorage) => {
                "Nothing of yours stands between the browser and FusionAuth, so only the browser can keep the token."
            }
            Some(Workflow::WebappJwt) | None => "",
        }
    }

    fn questions(self) -> [Question; 3] {
        [
            Question {
                id: "spa",
                text: "Do you write a single-page app?",
                hint: "Script draws the pages in the browser, and asks an API for data.",
                yes: "Yes",
                no: "No, the server renders the pages",
                given: self.spa,
                is_needed: true,
                then: |_, spa| Self { spa: Some(spa), ..Self::default() },
            },
            Question {
                id: "backend",
                text: "May a backend of yours see passwords and tokens?",
                hint: "It signs users in at FusionAuth, and renews their tokens. Answer No if you have none, or if yours must not.",
                yes: "Yes",
                no: "No",
                given: self.backend,
                is_needed: self.spa == Some(Yes),
                then: |before, backend| Self { backend: Some(backend), domain: None, ..before },
            },
            Question {
                id: "domain",
                text: "Do all your apps, their APIs and FusionAuth share one parent domain?",
                hint: "Such as shop.example.com, forum.example.com and auth.example.com. You run a proxy in front of FusionAuth, and trust \
                       every host of the domain.",
                yes: "Yes",
                no: "No, or there is only this one static site",
                given: self.domain,
                is_needed: self.spa == Some(Yes) && self.backend == Some(No),
                then: |before, domain| Self { domain: Some(domain), ..before },
            },
        ]
    }

    fn url(self) -> String {
        let answers = [("spa", self.spa), ("backend", self.backend), ("domain", self.domain)];
        let query: Vec<_> = answers
            .into_iter()
            .filter_map(|(name, answer)| Some(format!("{name}={}", if answer? == Yes { "yes" } else { "no" })))
            .collect();
        format!("/?{}#choose", query.join("&"))
    }
}

/// The questions, and below them the recommended workflow, which `about` describes.
pub(super) fn choice(answers: Answers, about: impl Fn(Workflow) -> Markup) -> Markup {
    html! {
        section #choose {
            h2 { "Which workflow is yours?" }
            ol.questions {
                @for question in answers.questions() { li.skipped[!question.is_needed] { (view(answers, &question)) } }
            }
            @match answers.workflow() {
                Some(workflow) => div.recommended {
                    h3 { "Your workflow: " code { (workflow.slug()) } }
                    p { (answers.reason()) }
                    (about(workflow))
                },
                None => p.lead { "Answer the questions to see the workflow for you. All five are below." },
            }
        }
    }
}

fn view(answers: Answers, question: &Question) -> Markup {
    let Question { id, text, hint, yes, no, given, is_needed, then } = *question;
    html! {
        p id=(id) { strong { (text) } }
        @if is_needed {
            p.quiet { (hint) }
            ul.answers aria-labelledby=(id) {
                @for (answer, name) in [(Yes, yes), (No, no)] {
                    li { a href=(then(answers, answer).url()) aria-current=[(given == Some(answer)).then_some("true")] { (name) } }
                }
            }
        } @else {
            p.quiet { "Your answers so far do not need this one." }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use storefront_api::WORKFLOWS;

    #[test]
    fn the_answers_for_four_situations_lead_to_four_workflows_and_change_no_later_answer() {
        for (spa, backend, domain, workflow) in [
            (Some(Yes), Some(Yes), None, Some(Workflow::SpaBackend)), // a bank's app with a backend
            (Some(Yes), Some(No), Some(No), Some(Workflow::SpaLocalStorage)), // a static site
            (Some(No), None, None, Some(Workflow::WebappSession)),    // pages like those of PHP
            (Some(Yes), Some(No), Some(Yes), Some(Workflow::SpaSharedDomain)), // two apps on one domain
            (Some(Yes), Some(No), None, None),
            (None, Some(Yes), None, None),
        ] {
            let answers = Answers { spa, backend, domain };
            assert_eq!(answers.workflow(), workflow, "{answers:?}");
            assert_eq!(answers.reason().is_empty(), workflow.is_none());
            assert!(workflow.is_none_or(|it| WORKFLOWS.contains(&it)));
        }
        let all = Answers { spa: Some(Yes), backend: Some(No), domain: Some(Yes) };
        let [first, second, third] = all.questions();
        assert_eq!((first.then)(all, No).url(), "/?spa=no#choose");
        assert_eq!((second.then)(all, Yes).url(), "/?spa=yes&backend=yes#choose");
        assert_eq!((third.then)(all, No).url(), "/?spa=yes&backend=no&domain=no#choose");
    }
}
