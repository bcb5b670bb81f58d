//! See `kernels::edit_distance`.

fn main() {
    kernels::run(kernels::edit_distance::checksum);
}
