//! The `ceph-dissect` program: arguments, stages, a renderer, an exit status.

fn main() {}
