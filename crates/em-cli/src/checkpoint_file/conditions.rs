//! [`Conditions`]: what decides the bits of a fit, to tell whether a checkpoint is of the same one.

use crate::fingerprint;
use crate::prepared::Prepared;
use crate::sealed;
use em_core::RESTARTS;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt;

/// The limits of a fit, which do not decide its bits but how far it goes. They may be raised when it is resumed.
const LIMITS: [&str; 3] = ["stop.max_iterations", "stop.passes", "restarts"];
/// What a resumed fit may change freely: `seed` is told by the program, which may have another than the spec.
const FREE: [&str; 2] = ["stop.seconds", "seed"];

/// What decides the bits of a fit: data, what was learned from them, and every setting, in words.
///
/// Settings are taken from the spec as it was understood, so that another way to write it is the same fit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Conditions {
    /// A digest of the data.
    data: String,
    /// A digest of what was learned from them, standardised columns included.
    learned: String,
    /// Settings by their names in the `fit` of a spec, `model` and `seed` among them.
    settings: BTreeMap<String, String>,
    /// Limits by their names, 0 where there is none.
    limits: BTreeMap<String, f64>,
}

/// What tells two fits apart.
#[derive(Clone, Debug, PartialEq)]
pub enum Difference {
    /// Their data.
    Data,
    /// What was learned from the data.
    Learned,
    /// A setting.
    Setting {
        /// Its name.
        name: String,
        /// That of the checkpoint.
        had: String,
        /// That of the fit which is to go on from it.
        has: String,
    },
    /// A limit that was lowered.
    Lowered {
        /// Its name.
        name: String,
        /// That of the checkpoint.
        had: f64,
        /// That of the fit which is to go on from it.
        has: f64,
    },
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let anew = "or fit anew without `--resume`";
        match self {
            Difference::Data => {
                write!(f, "the checkpoint is of a fit to other data; give those, {anew}")
            }
            Difference::Learned => {
                write!(
                    f,
                    "the checkpoint is of a fit whose columns were encoded or standardised otherwise; do as it did, {anew}"
                )
            }
            Difference::Setting { name, had, has } => write!(
                f,
                "the checkpoint is of a fit with `{name}: {had}`, not `{name}: {has}`; only limits may change, so put that back, {anew}"
            ),
            Difference::Lowered { name, had, has } => write!(
                f,
                "the checkpoint is of a fit with `{name}: {had}`, which may be raised but not lowered to {has}; put it back, {anew}"
            ),
        }
    }
}

impl Conditions {
    /// Those of a fit with this seed.
    pub fn of(prepared: &Prepared, seed: u64) -> Self {
        let value = |part: &dyn erased_serde::Serialize| serde_json::to_value(part).unwrap_or_default();
        let mut all = BTreeMap::new();
        for (name, part) in fields(value(&prepared.experiment.fit)) {
            match name.as_str() {
                "stop" => fields(part).for_each(|(rule, part)| drop(all.insert(format!("stop.{rule}"), part))),
                _ => drop(all.insert(name, part)),
            }
        }
        all.entry("restarts".to_string()).and_modify(|n| *n = n.as_u64().unwrap_or(RESTARTS).into());
        let limit = |name: &str| (name.to_string(), all.get(name).and_then(Value::as_f64).unwrap_or(0.0));
        let limits = LIMITS.iter().map(|name| limit(name)).collect();
        all.retain(|name, _| !LIMITS.contains(&name.as_str()) && !FREE.contains(&name.as_str()));
        let mut settings: BTreeMap<_, _> = all.iter().map(|(name, part)| (name.clone(), words(part))).collect();
        settings.insert("model".into(), words(&value(&prepared.experiment.model)));
        settings.insert("seed".into(), seed.to_string());
        // Parameters may come from a file, and the same name stand for others later.
        if let Some(start) = &prepared.start {
            settings.insert("start".into(), format!("parameters of digest {}", digest(start)));
        }
        let learned = digest(&(prepared.learnt.encoding(), &prepared.scalings));
        Conditions { data: prepared.fingerprint.clone(), learned, settings, limits }
    }

    /// The first thing in which a fit under `now` differs from one under these, raised limits apart.
    pub fn difference(&self, now: &Conditions) -> Option<Difference> {
        if self.data != now.data {
            return Some(Difference::Data);
        }
        let nothing = "nothing".to_string();
        for name in self.settings.keys().chain(now.settings.keys()) {
            let of = |conditions: &Conditions| conditions.settings.get(name).unwrap_or(&nothing).clone();
            let (had, has) = (of(self), of(now));
            if had != has {
                return Some(Difference::Setting { name: name.clone(), had, has });
            }
        }
        if self.learned != now.learned {
            return Some(Difference::Learned);
        }
        let lowered = |(name, had): (&String, &f64)| {
            let has = *now.limits.get(name)?;
            let low = has > 0.0 && (*had == 0.0 || has < *had);
            low.then(|| Difference::Lowered { name: name.clone(), had: *had, has })
        };
        self.limits.iter().find_map(lowered)
    }
}

fn fields(value: Value) -> impl Iterator<Item = (String, Value)> {
    let fields = if let Value::Object(fields) = value { fields } else { Default::default() };
    fields.into_iter()
}

/// The first characters of a digest, enough to tell two apart.
fn digest(value: &impl Serialize) -> String {
    let text = sealed::ron(value).unwrap_or_default();
    fingerprint::of_text(&[&text]).chars().take(16).collect()
}

/// A part of a spec on one line, much as a person would write it.
fn words(part: &Value) -> String {
    match part {
        Value::Null => "the default".into(),
        Value::String(text) => text.clone(),
        Value::Array(items) => format!("[{}]", items.iter().map(words).collect::<Vec<_>>().join(", ")),
        Value::Object(fields) => match fields.iter().next() {
            // The variant of an enum: its name begins with a capital.
            Some((name, content)) if fields.len() == 1 && name.starts_with(char::is_uppercase) => {
                let content = words(content);
                let bare = content.strip_prefix('(').and_then(|c| c.strip_suffix(')')).unwrap_or(&content);
                format!("{name}({bare})")
            }
            _ => {
                let each = fields.iter().map(|(name, content)| format!("{name}: {}", words(content)));
                format!("({})", each.collect::<Vec<_>>().join(", "))
            }
        },
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn parts_of_specs_read_like_specs() {
        assert_eq!(words(&json!("Em")), "Em");
        assert_eq!(words(&json!({"Annealed": {"from": 0.1, "steps": 20}})), "Annealed(from: 0.1, steps: 20)");
        assert_eq!(words(&json!({"components": 2, "prior": null})), "(components: 2, prior: the default)");
        assert_eq!(words(&json!([{"Log": "x"}, "y"])), "[Log(x), y]");
    }

    fn conditions(setting: &str, limit: f64) -> Conditions {
        Conditions {
            data: "d".into(),
            learned: "l".into(),
            settings: [("seed".to_string(), setting.to_string())].into(),
            limits: [("restarts".to_string(), limit)].into(),
        }
    }

    #[test]
    fn limits_may_be_raised_or_lifted_and_nothing_else_changed() {
        let had = conditions("1", 5.0);
        for limit in [5.0, 6.0, 0.0] {
            assert_eq!(had.difference(&conditions("1", limit)), None);
        }
        let lowered = had.difference(&conditions("1", 4.0)).unwrap();
        assert_eq!(lowered, Difference::Lowered { name: "restarts".into(), had: 5.0, has: 4.0 });
        assert!(conditions("1", 0.0).difference(&had).is_some(), "from no limit to one");
        let changed = had.difference(&conditions("2", 5.0)).unwrap().to_string();
        assert!(changed.contains("a fit with `seed: 1`, not `seed: 2`"), "{changed}");
        assert_eq!(had.difference(&Conditions { data: "e".into(), ..had.clone() }), Some(Difference::Data));
        let missing = Conditions { settings: BTreeMap::new(), ..had.clone() };
        assert!(missing.difference(&had).unwrap().to_string().contains("`seed: nothing`"));
    }
}
