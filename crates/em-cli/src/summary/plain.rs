//! Parameters as tables where the model draws none itself.

use em_core::registry::Params;
use em_core::{Cell, Section};
use serde_json::Value;

/// One table per parameter, from its serialised form: numbers, lists and lists of lists; what is deeper stands as text.
pub(super) fn sections(params: &Params) -> Vec<Section> {
    match serde_json::to_value(params) {
        Ok(Value::Object(fields)) => fields.iter().map(|(name, value)| section(name, value)).collect(),
        Ok(value) => vec![section("parameters", &value)],
        Err(_) => Vec::new(),
    }
}

fn section(name: &str, value: &Value) -> Section {
    let rows: Vec<(String, &Value)> = match value {
        Value::Array(items) => items.iter().enumerate().map(|(i, item)| (i.to_string(), item)).collect(),
        Value::Object(fields) => fields.iter().map(|(name, item)| (name.clone(), item)).collect(),
        single => vec![(String::new(), single)],
    };
    let heads = rows.iter().map(|(_, item)| heads(item)).max_by_key(Vec::len).unwrap_or_default();
    let rows = rows.into_iter().map(|(label, item)| (label, cells(item))).collect();
    Section { title: name.into(), heads, rows }
}

/// The heads over the cells of a row: names where it has any, numbers where there are several.
fn heads(value: &Value) -> Vec<String> {
    match value {
        Value::Array(items) => (0..items.len()).map(|j| j.to_string()).collect(),
        Value::Object(fields) => fields.keys().cloned().collect(),
        _ => vec![String::new()],
    }
}

fn cells(value: &Value) -> Vec<Cell> {
    match value {
        Value::Array(items) => items.iter().map(cell).collect(),
        Value::Object(fields) => fields.values().map(cell).collect(),
        single => vec![cell(single)],
    }
}

fn cell(value: &Value) -> Cell {
    match value {
        Value::Number(n) => n.as_f64().map_or(Cell::Empty, Cell::Number),
        Value::String(s) => Cell::Text(s.clone()),
        Value::Null => Cell::Empty,
        deeper => Cell::Text(deeper.to_string()),
    }
}
