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
    let rows: Vec<(String, Vec<Cell>)> = match value {
        Value::Array(items) => items.iter().enumerate().map(|(i, item)| (i.to_string(), row(item))).collect(),
        Value::Object(fields) => fields.iter().map(|(name, item)| (name.clone(), row(item))).collect(),
        single => vec![(String::new(), row(single))],
    };
    let width = rows.iter().map(|(_, cells)| cells.len()).max().unwrap_or(0);
    let heads = if width == 1 { vec![String::new()] } else { (0..width).map(|j| j.to_string()).collect() };
    Section { title: name.into(), heads, rows }
}

fn row(value: &Value) -> Vec<Cell> {
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
