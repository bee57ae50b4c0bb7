//! Turns the values that `tools/bench/measure.mjs` prints into the table: medians, their spread, ratios, and which goals are met. Also compares
//! the values with the limits.

use super::rows::{APPS, CALIBRATION, Goal, OTHER, ROWS, Row, Unit};
use anyhow::{Context, bail};
use std::collections::BTreeMap;

/// All values of an app, by the key of their row and the slowdown of the processor.
#[derive(Default)]
pub struct Samples(BTreeMap<(String, u32, String), Vec<f64>>);

impl Samples {
    /// Adds the values in the output of `tools/bench/measure.mjs`. Its other lines are ignored.
    pub fn read(&mut self, output: &str) -> anyhow::Result<()> {
        for line in output.lines().filter(|line| line.starts_with("sample ")) {
            let fields: Vec<&str> = line.split(' ').collect();
            let [_, key, slowdown, app, value] = fields[..] else { bail!("not five fields: {line}") };
            let number: f64 = value.parse().with_context(|| format!("no number: {line}"))?;
            self.0.entry((key.to_owned(), slowdown.parse()?, app.to_owned())).or_default().push(number);
        }
        Ok(())
    }

    fn of(&self, row: &Row, app: &str) -> Option<Summary> {
        Summary::of(self.0.get(&(row.key.to_owned(), row.slowdown, app.to_owned()))?)
    }
}

#[derive(Clone, Copy, PartialEq, Debug)]
struct Summary {
    median: f64,
    min: f64,
    max: f64,
}

impl Summary {
    fn of(values: &[f64]) -> Option<Self> {
        let mut sorted = values.to_vec();
        sorted.sort_by(f64::total_cmp);
        let (min, max) = (*sorted.first()?, *sorted.last()?);
        let middle = sorted.len() / 2;
        let median = if sorted.len() % 2 == 1 { sorted[middle] } else { f64::midpoint(sorted[middle - 1], sorted[middle]) };
        Some(Self { median, min, max })
    }
}

/// The rows with these names, as a table in Markdown.
pub fn markdown(samples: &Samples, names: &[&str]) -> String {
    let mut lines = vec![
        "| | processor | ours | React | Preact | SolidJS | ours / best peer | goal |".to_owned(),
        "|---|---|--:|--:|--:|--:|--:|---|".to_owned(),
    ];
    for row in ROWS.iter().filter(|row| row.name == CALIBRATION || names.contains(&row.name)) {
        let [ours, react, preact, solid] = APPS.map(|app| samples.of(row, app));
        let Some(ours) = ours else { continue };
        let value = |summary: Option<Summary>| summary.map_or_else(|| "-".to_owned(), |it| shown(row.unit, it));
        // The peer with the smallest median.
        let best = [react, preact, solid].into_iter().flatten().map(|peer| peer.median).min_by(f64::total_cmp);
        let ratio = best.filter(|best| *best > 0.0).map_or_else(|| "-".to_owned(), |best| format!("{:.2}", ours.median / best));
        lines.push(format!(
            "| {} | x{} | {} | {} | {} | {} | {ratio} | {} |",
            row.title,
            row.slowdown,
            value(Some(ours)),
            value(react),
            value(preact),
            value(solid),
            verdict(row, ours.median, react, preact, best)
        ));
    }
    lines.join("\n")
}

/// This build beside another build of ours: the medians, and the median of the ratios of each round. A round measures both builds one after
/// the other, so its ratio shows differences that are smaller than those between the rounds. `None` if no other build was measured.
pub fn against(samples: &Samples) -> Option<String> {
    let mut lines = vec!["| | this build | the other | ratio |".to_owned(), "|---|--:|--:|--:|".to_owned()];
    for row in &ROWS {
        let of = |app: &str| samples.0.get(&(row.key.to_owned(), row.slowdown, app.to_owned()));
        let (Some(ours), Some(other)) = (of(APPS[0]), of(OTHER)) else { continue };
        let ratios: Vec<f64> = ours.iter().zip(other).map(|(ours, other)| ours / other).collect();
        let (Some(ratio), Some(ours), Some(other)) = (Summary::of(&ratios), Summary::of(ours), Summary::of(other)) else { continue };
        let ratio = format!("{:.3} ({:.3}–{:.3})", ratio.median, ratio.min, ratio.max);
        lines.push(format!("| {} | {} | {} | {ratio} |", row.title, shown(row.unit, ours), shown(row.unit, other)));
    }
    (lines.len() > 2).then(|| lines.join("\n"))
}

/// The median, followed by the minimum and maximum if they differ.
fn shown(unit: Unit, Summary { median, min, max }: Summary) -> String {
    let number = |value: f64| match unit {
        Unit::Milliseconds if value < 20.0 => format!("{value:.1}"),
        Unit::Count if value.fract() != 0.0 => format!("{value:.1}"),
        Unit::Milliseconds | Unit::Bytes | Unit::Count => format!("{value:.0}"),
    };
    let (median, min, max) = (number(median), number(min), number(max));
    if min == max { median } else { format!("{median} ({min}–{max})") }
}

/// The goal, and whether it is met.
fn verdict(row: &Row, ours: f64, react: Option<Summary>, preact: Option<Summary>, best: Option<f64>) -> String {
    let (goal, text) = match row.goal {
        Goal::Value(value) => (Some(value), format!("{value}")),
        Goal::OfReact(part) => (react.map(|it| it.median * part), format!("{part} of React")),
        Goal::OfPreact(part) => (preact.map(|it| it.median * part), format!("{part} of Preact")),
        Goal::OfBest(part) => (best.map(|it| it * part), format!("{part} of the best peer")),
        Goal::None => return String::new(),
    };
    match goal {
        Some(goal) if ours <= goal => format!("{text}: met"),
        Some(_) => format!("{text}: **missed**"),
        None => text,
    }
}

/// The limits that the app exceeds, for the rows with these names. `scale` adapts a number of bytes to the standard library of the build.
pub fn over_limits(samples: &Samples, names: &[&str], scale: impl Fn(u64) -> u64) -> Vec<String> {
    let mut over = Vec::new();
    for row in ROWS.iter().filter(|row| names.contains(&row.name)) {
        let (Some(limit), Some(ours)) = (row.limit, samples.of(row, APPS[0])) else { continue };
        let limit = if row.unit == Unit::Bytes { scale(limit as u64) as f64 } else { limit };
        if ours.median > limit {
            over.push(format!("{}: {} is over the limit of {limit}", row.title, ours.median));
        }
    }
    over
}

#[cfg(test)]
mod tests {
    use super::*;

    fn samples(lines: &[(&str, u32, &str, f64)]) -> Samples {
        let mut samples = Samples::default();
        let text: String = lines.iter().map(|(key, slowdown, app, value)| format!("sample {key} {slowdown} {app} {value}\n")).collect();
        samples.read(&text).unwrap();
        samples
    }

    #[test]
    fn a_row_has_medians_spread_ratios_and_the_goal() {
        let samples = samples(&[
            ("return", 1, "ours", 300.0),
            ("return", 1, "ours", 310.0),
            ("return", 1, "ours", 420.4),
            ("return", 1, "react", 600.0),
            ("return", 1, "preact", 310.0),
            ("return", 1, "solid", 620.0),
            ("form", 1, "ours", 999.0),
        ]);
        let table = markdown(&samples, &["return"]);
        let rows: Vec<&str> = table.lines().skip(2).collect();
        assert_eq!(rows, ["| signed-in return, to the cart | x1 | 310 (300–420) | 600 | 310 | 620 | 1.00 | 0.6 of React: met |"]);
    }

    #[test]
    fn two_builds_are_compared_round_by_round() {
        let samples = samples(&[
            ("account-time", 1, "ours", 9.0),
            ("account-time", 1, "other", 10.0),
            ("account-time", 1, "ours", 18.0),
            ("account-time", 1, "other", 20.0),
            ("account-layouts", 1, "ours", 1.0),
            ("account-layouts", 1, "other", 2.5),
        ]);
        let table = against(&samples).unwrap();
        let rows: Vec<&str> = table.lines().skip(2).collect();
        assert_eq!(
            rows,
            [
                "| products and account: main thread, each change | 13.5 (9.0–18.0) | 15.0 (10.0–20) | 0.900 (0.900–0.900) |",
                "| products and account: layouts | 1 | 2.5 | 0.400 (0.400–0.400) |"
            ]
        );
        assert_eq!(against(&Samples::default()), None);
    }

    #[test]
    fn a_missed_goal_says_so() {
        let samples = samples(&[("form", 4, "ours", 321.0), ("page-change-wasm", 1, "ours", 0.0), ("page-change-wasm", 1, "react", 0.0)]);
        let table = markdown(&samples, &["form", "page-changes"]);
        assert!(table.contains("| sign-in form usable, cold | x4 | 321 | - | - | - | - | 320: **missed** |"), "{table}");
        assert!(table.contains("wasm memory, each | x1 | 0 | 0 | - | - | - | 0: met |"), "{table}");
    }

    #[test]
    fn only_bytes_and_requests_have_limits() {
        for row in &ROWS {
            assert!(!row.limit.is_some_and(|_| row.unit == Unit::Milliseconds), "{}", row.title);
        }
        let samples = samples(&[("bytes", 1, "ours", 1e9), ("requests-form", 1, "ours", 1.0), ("form", 1, "ours", 1e9)]);
        let over = |names: &[&str]| over_limits(&samples, names, |bytes| bytes).len();
        assert_eq!([over(&["bytes", "requests", "form"]), over(&["requests", "form"])], [1, 0]);
        assert_eq!(over_limits(&samples, &["bytes"], |_| u64::MAX).len(), 0);
    }

    #[test]
    fn other_lines_are_ignored_and_broken_values_are_not() {
        let mut samples = Samples::default();
        samples.read("visit, x1, ours, run 1\nsample form 1 ours 2.5\n").unwrap();
        assert_eq!(samples.0.len(), 1);
        for broken in ["sample form 1 ours", "sample form 1 ours many"] {
            assert!(samples.read(broken).is_err(), "{broken}");
        }
    }
}
