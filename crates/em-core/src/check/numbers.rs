//! Parameters as plain numbers and as text.

use crate::registry::{Erased, Params, ReadParams};
use serde_json::Value;

/// All numbers of parameters, in the order in which they are written.
pub(super) fn numbers(params: &Params) -> Vec<f64> {
    let mut all = Vec::new();
    gather(&serde_json::to_value(params).unwrap_or(Value::Null), &mut all);
    all
}

fn gather(value: &Value, into: &mut Vec<f64>) {
    match value {
        Value::Array(all) => all.iter().for_each(|v| gather(v, into)),
        Value::Object(all) => all.values().for_each(|v| gather(v, into)),
        other => into.extend(other.as_f64()),
    }
}

/// Parameters as JSON.
pub(super) fn written(params: &Params) -> String {
    serde_json::to_string(params).unwrap_or_else(|e| format!("not to be written: {e}"))
}

/// Parameters that were written and are read again.
pub(super) fn read_again(model: &Erased, params: &Params) -> Result<Params, String> {
    let text = serde_json::to_string(params).map_err(|e| e.to_string())?;
    let mut json = serde_json::Deserializer::from_str(&text);
    model.read_params(&mut <dyn erased_serde::Deserializer>::erase(&mut json)).map_err(|e| e.to_string())
}
