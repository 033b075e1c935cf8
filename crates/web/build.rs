//! Installs the front-end packages by their lock file and lays out what the binary embeds. Nothing is fetched at run time.

use std::path::Path;
use std::process::Command;
use std::{env, fs};

/// What pages use: the address under `/assets/`, and the file in the packages.
const PACKAGED: [(&str, &str); 5] = [
    ("tabler.css", "@tabler/core/dist/css/tabler.min.css"),
    ("tabler.js", "@tabler/core/dist/js/tabler.min.js"),
    ("tabler-icons.css", "@tabler/icons-webfont/dist/tabler-icons.min.css"),
    ("fonts/tabler-icons.woff2", "@tabler/icons-webfont/dist/fonts/tabler-icons.woff2"),
    ("echarts.js", "echarts/dist/echarts.min.js"),
];

fn main() {
    for file in ["build.rs", "package.json", "package-lock.json", "assets"] {
        println!("cargo::rerun-if-changed={file}");
    }
    let folder = env::var_os("OUT_DIR").expect("cargo says where to build");
    let folder = Path::new(&folder);
    for file in ["package.json", "package-lock.json"] {
        fs::copy(file, folder.join(file)).expect("the build folder can be written to");
    }
    let installed = Command::new("npm")
        .args(["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"])
        .current_dir(folder)
        .status()
        .expect("npm starts: install Node.js 20 with npm, as the README says");
    assert!(installed.success(), "npm could not install what package-lock.json names");

    let mut table = String::from("pub(crate) const EMBEDDED: &[(&str, &[u8])] = &[\n");
    for (address, file) in PACKAGED {
        let path = folder.join("node_modules").join(file);
        table.push_str(&format!("    ({address:?}, include_bytes!({:?})),\n", path.display()));
    }
    let own = fs::canonicalize("assets").expect("the folder of our own assets");
    let mut names: Vec<String> = fs::read_dir(&own)
        .expect("assets")
        .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    for name in names {
        table.push_str(&format!("    ({name:?}, include_bytes!({:?})),\n", own.join(&name).display()));
    }
    table.push_str("];\n");
    fs::write(folder.join("embedded.rs"), table).expect("the build folder can be written to");
}
