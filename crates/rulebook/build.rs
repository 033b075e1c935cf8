//! The rule base is embedded: a new or changed file in it is a reason to build again.

fn main() {
    for folder in ["../../rules", "../../knowledge"] {
        println!("cargo::rerun-if-changed={folder}");
    }
}
