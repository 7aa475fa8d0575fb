use em_core::Tabular;

fn tabular<D: Tabular>() {}

fn main() {
    tabular::<Vec<String>>();
}
