//! [`Sweep`]: the fields of a model that a spec varies, and the spec with one choice of them written out.

use super::edited::{Edited, Pasted};
use super::token::skip_blanks;
use super::{Found, Name, SpecFault, options};
use ron::value::RawValue;
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use std::fmt;
use std::ops::Range;

/// More candidates than this are hardly meant: each is a whole fit with its restarts.
const MOST_CANDIDATES: usize = 1000;

const NO_SWEEP: &str =
    "there is no `sweep`; list values for fields of the model, such as `sweep: (components: [1, 2, 3])`";

/// A spec whose `sweep` lists values for fields of the model.
pub struct Sweep {
    text: String,
    model: ModelText,
    varied: Vec<Varied>,
    /// Where the sweep stands.
    place: Range<usize>,
}

/// Where the model stands, and each of its fields.
struct ModelText {
    fields: Vec<(String, Range<usize>)>,
    /// Where its name ends, and where the bracket behind it opens, if one does.
    name_end: usize,
    opens: Option<usize>,
}

/// A field that varies.
struct Varied {
    name: String,
    name_at: Range<usize>,
    values: Vec<Range<usize>>,
}

impl Sweep {
    /// Finds model and sweep in a spec; what they mean is not looked at.
    ///
    /// # Errors
    /// [`SpecFault`] where there is no sweep, or it is none.
    pub fn read(text: &str) -> Result<Self, SpecFault> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let fields: Fields = parse(text).map_err(|e| in_spec(text, &e))?;
        let sweep = fields.named("sweep").ok_or_else(|| SpecFault::whole(NO_SWEEP))?;
        let model =
            fields.named("model").ok_or_else(|| SpecFault::whole("there is no `model` whose fields could vary"))?;
        let (model, place) = (ModelText::new(text, model), range_in(text, sweep));
        let sweep = Sweep { varied: varied(text, sweep)?, text: text.into(), model, place };
        sweep.check_count()?;
        Ok(sweep)
    }

    fn check_count(&self) -> Result<(), SpecFault> {
        let count = self.varied.iter().try_fold(1usize, |n, field| n.checked_mul(field.values.len()));
        if count.is_some_and(|n| n <= MOST_CANDIDATES) {
            return Ok(());
        }
        let message = format!("the lists make more than {MOST_CANDIDATES} candidates; leave values out");
        Err(fault_at(&self.text, self.place.start, "sweep", message))
    }

    /// The names of the fields that vary.
    pub fn names(&self) -> Vec<&str> {
        self.varied.iter().map(|field| field.name.as_str()).collect()
    }

    /// Every choice of one value for each field, by their places in the lists; the last field changes fastest.
    pub fn choices(&self) -> Vec<Vec<usize>> {
        self.varied.iter().fold(vec![Vec::new()], |choices, field| {
            let longer = |choice: Vec<usize>| (0..field.values.len()).map(move |i| [choice.clone(), vec![i]].concat());
            choices.into_iter().flat_map(longer).collect()
        })
    }

    /// The values chosen, as they stand in the spec.
    pub fn values(&self, choice: &[usize]) -> Vec<&str> {
        self.varied.iter().zip(choice).map(|(field, i)| &self.text[field.values[*i].clone()]).collect()
    }

    /// The text of the spec with the values chosen in their places in the model.
    pub fn text(&self, choice: &[usize]) -> String {
        self.written_out(choice).text().into()
    }

    /// The same, with the place of every byte.
    pub(super) fn written_out(&self, choice: &[usize]) -> Pasted {
        let chosen = self.varied.iter().zip(choice).map(|(field, i)| (field, field.values[*i].clone()));
        let (mut pasted, mut done) = (Pasted::new(&self.text, self.place.clone()), 0);
        let mut places: Vec<_> = chosen
            .map(|(field, value)| {
                let stated = self.model.fields.iter().find(|(name, _)| *name == field.name);
                (stated.map_or(self.model.inside()..self.model.inside(), |(_, range)| range.clone()), field, value)
            })
            .collect();
        places.sort_by_key(|(place, ..)| place.start);
        let added = places.iter().filter(|(place, ..)| place.is_empty()).count();
        let bare = self.model.opens.is_none();
        for (i, (place, field, value)) in places.into_iter().enumerate() {
            pasted.copy(done..place.start);
            done = place.end;
            if !place.is_empty() {
                pasted.copy(value);
                continue;
            }
            pasted.write(if bare && i == 0 { "(" } else { "" }, field.name_at.start);
            pasted.copy(field.name_at.clone());
            pasted.write(": ", field.name_at.start);
            pasted.copy(value);
            pasted.write(if bare && i + 1 == added { ")" } else { ", " }, field.name_at.start);
        }
        pasted.copy(done..self.text.len());
        pasted
    }
}

/// The fields of a sweep, each with a list of its own.
fn varied(text: &str, sweep: &RawValue) -> Result<Vec<Varied>, SpecFault> {
    let refuse = |message: &str| fault_at(text, range_in(text, sweep).start, "sweep", message.into());
    let lists = "lists for fields of the model are wanted, such as `(components: [1, 2, 3])`";
    let fields: Fields = parse(sweep.get_ron()).map_err(|_| refuse(lists))?;
    let mut all: Vec<Varied> = Vec::new();
    for (name, list) in fields.0 {
        let field = Varied::new(text, name, list);
        let refuse = |message| fault_at(text, field.name_at.start, &format!("sweep.{}", field.name), message);
        if field.values.is_empty() {
            return Err(refuse(format!("a list of values is wanted, such as `{}: [1, 2, 3]`", field.name)));
        }
        if all.iter().any(|earlier| earlier.name == field.name) {
            return Err(refuse(format!("`{}` is listed twice; leave one out", field.name)));
        }
        all.push(field);
    }
    if all.is_empty() { Err(refuse("nothing varies; list values for a field of the model")) } else { Ok(all) }
}

fn fault_at(text: &str, at: usize, path: &str, message: String) -> SpecFault {
    SpecFault { path: path.into(), ..SpecFault::at(text, at, message) }
}

impl Varied {
    fn new(text: &str, name: String, list: &RawValue) -> Self {
        let list_at = range_in(text, list).start;
        let before = text[..list_at].trim_end().strip_suffix(':').map_or(list_at, |before| before.trim_end().len());
        let begin = if text[..before].ends_with(&name) { before - name.len() } else { list_at };
        let name_at = begin..begin + if begin < list_at { name.len() } else { 0 };
        let values: Vec<&RawValue> = parse(list.get_ron()).unwrap_or_default();
        Varied { name, name_at, values: values.into_iter().map(|value| range_in(text, value)).collect() }
    }
}

impl ModelText {
    fn new(text: &str, model: &RawValue) -> Self {
        let at = range_in(text, model);
        let word = |c: char| c.is_alphanumeric() || c == '_';
        let name_end = at.start + text[at.clone()].find(|c| !word(c)).unwrap_or(at.len());
        let opens =
            Some(skip_blanks(text, name_end)).filter(|opens| *opens < at.end && text[*opens..].starts_with('('));
        let fields = opens.and_then(|opens| parse::<Fields>(&text[opens..at.end]).ok()).map_or_else(Vec::new, |f| f.0);
        let fields = fields.into_iter().map(|(name, value)| (name, range_in(text, value))).collect();
        ModelText { fields, name_end, opens }
    }

    /// Where a field may be added.
    fn inside(&self) -> usize {
        self.opens.map_or(self.name_end, |opens| opens + 1)
    }
}

fn parse<'t, T: Deserialize<'t>>(text: &'t str) -> Result<T, ron::error::SpannedError> {
    let mut d = ron::Deserializer::from_str_with_options(text, &options())?;
    T::deserialize(&mut d).map_err(|e| d.span_error(e))
}

fn in_spec(text: &str, e: &ron::error::SpannedError) -> SpecFault {
    let found = Found { message: e.code.to_string(), path: String::new(), position: e.span.start };
    SpecFault::new(&found, &Edited::new(text))
}

/// Where a value stands in the text that it was read from.
fn range_in(text: &str, value: &RawValue) -> Range<usize> {
    // A value is read as a slice of the text, so their addresses tell.
    let begin = (value.get_ron().as_ptr() as usize).saturating_sub(text.as_ptr() as usize);
    let whole = begin..begin + value.get_ron().len();
    let inner = text[whole.clone()].trim();
    let begin = begin + (text[whole.clone()].len() - text[whole].trim_start().len());
    begin..begin + inner.len()
}

/// Named fields, each as it stands in the text.
struct Fields<'t>(Vec<(String, &'t RawValue)>);

impl<'t> Fields<'t> {
    fn named(&self, name: &str) -> Option<&'t RawValue> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| *value)
    }
}

impl<'de> Deserialize<'de> for Fields<'de> {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        struct All;
        impl<'de> Visitor<'de> for All {
            type Value = Fields<'de>;
            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("named fields")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Fields<'de>, A::Error> {
                let mut all = Vec::new();
                while let Some(Name(name)) = fields.next_key()? {
                    all.push((name, fields.next_value()?));
                }
                Ok(Fields(all))
            }
        }
        d.deserialize_struct("", &[], All)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(text: &str) -> Vec<String> {
        let sweep = Sweep::read(text).unwrap();
        sweep.choices().iter().map(|choice| sweep.written_out(choice).text().to_string()).collect()
    }

    #[test]
    fn values_take_the_places_of_those_in_the_model() {
        let spec = "(model: M(k: 2, /* k: 9 */ form: Full), sweep: (form: [A(1), B], k: [ 3 , 4]))";
        let texts: Vec<String> = written(spec).iter().map(|t| t.split(", sweep").next().unwrap().into()).collect();
        let wanted = ["k: 3, /* k: 9 */ form: A(1)", "k: 4, /* k: 9 */ form: A(1)", "k: 3, /* k: 9 */ form: B"];
        assert_eq!(texts[..3], wanted.map(|fields| format!("(model: M({fields})")));
        assert_eq!(texts.len(), 4);
    }

    #[test]
    fn a_field_that_the_model_leaves_out_is_added() {
        let model = |model: &str| {
            let text = written(&format!("(model: {model}, sweep: (a: [\"x, (\"], b: [1]))")).remove(0);
            text.split(", sweep").next().unwrap().strip_prefix("(model: ").unwrap().to_string()
        };
        assert_eq!(model("M(k: 2)"), "M(a: \"x, (\", b: 1, k: 2)");
        assert_eq!(model("M(b: 2)"), "M(a: \"x, (\", b: 1)");
        assert_eq!(model("M()"), "M(a: \"x, (\", b: 1, )");
        assert_eq!(model("M"), "M(a: \"x, (\", b: 1)");
    }

    #[test]
    fn a_sweep_that_is_none_is_refused_in_its_place() {
        let fault = |sweep: &str| {
            let text = format!("(\n model: M(),\n sweep: {sweep})");
            Sweep::read(&text).err().unwrap().show("s").lines().next().unwrap().to_string()
        };
        assert_eq!(fault("()"), "s: line 3, column 9: `sweep`: nothing varies; list values for a field of the model");
        let list = "`sweep.k`: a list of values is wanted, such as `k: [1, 2, 3]`";
        assert_eq!(fault("(k: [])"), format!("s: line 3, column 10: {list}"));
        assert_eq!(fault("(a: [1], k: 3)"), format!("s: line 3, column 18: {list}"));
        assert!(fault("(k: [1], k: [2])").ends_with("column 18: `sweep.k`: `k` is listed twice; leave one out"));
        assert!(fault("[1]").contains("column 9: `sweep`: lists for fields of the model are wanted"));
        let many = format!("(a: [{0}], b: [{0}])", "1, ".repeat(40));
        assert!(fault(&many).ends_with("the lists make more than 1000 candidates; leave values out"));
        assert!(Sweep::read("(model: M)").err().unwrap().to_string().starts_with("there is no `sweep`"));
        assert!(Sweep::read("(sweep: (k: [1]))").err().unwrap().to_string().starts_with("there is no `model`"));
    }
}
