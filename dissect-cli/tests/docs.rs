//! What README and the book show is what the program prints: their `console` blocks are run.
//! `TRYCMD=overwrite cargo test -p ceph-dissect --test docs` writes what it prints now into them.

#[test]
fn examples_print_what_the_documentation_shows() {
    // Readers are at the top of the repository.
    std::env::set_current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/..")).unwrap();
    trycmd::TestCases::new()
        // Wherever the tests run, the examples are as wide as the pages.
        .env("COLUMNS", "100")
        .case("README.md")
        .case("docs/src/*.md");
}
