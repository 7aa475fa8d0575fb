use em_core::LatentModel;

struct NoModel;

fn model<M: LatentModel>() {}

fn main() {
    model::<NoModel>();
}
