//! The Python module `rib._core`: the only files that name pyo3.

mod arrays;
mod diversity;
mod errors;
mod hegemony;
mod index;
mod kernels;
mod load;
mod mrt_writer;
mod operations;
mod views;

use pyo3::prelude::*;

/// Native back end of rib.
#[pymodule]
pub fn _core(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add("__version__", env!("CARGO_PKG_VERSION"))?;
    module.add_class::<index::PrefixIndex>()?;
    module.add_function(wrap_pyfunction!(load::read_mrt, module)?)?;
    module.add_function(wrap_pyfunction!(load::read_updates, module)?)?;
    module.add_function(wrap_pyfunction!(kernels::parse_prefixes, module)?)?;
    module.add_function(wrap_pyfunction!(kernels::format_prefixes, module)?)?;
    module.add_function(wrap_pyfunction!(kernels::network_text, module)?)?;
    module.add_function(wrap_pyfunction!(kernels::origins_by_prefix, module)?)?;
    module.add_function(wrap_pyfunction!(kernels::path_features, module)?)?;
    module.add_function(wrap_pyfunction!(kernels::bgpdump_lines, module)?)?;
    module.add_function(wrap_pyfunction!(mrt_writer::mrt_blocks, module)?)?;
    module.add_function(wrap_pyfunction!(diversity::path_diversity, module)?)?;
    module.add_function(wrap_pyfunction!(diversity::as_links, module)?)?;
    module.add_function(wrap_pyfunction!(hegemony::as_hegemony, module)?)?;
    module.add_function(wrap_pyfunction!(operations::changed_routes, module)?)?;
    module.add_function(wrap_pyfunction!(operations::covering_set, module)?)?;
    module.add_function(wrap_pyfunction!(operations::decide_routes, module)?)?;
    module.add_function(wrap_pyfunction!(views::view_records, module)?)?;
    Ok(())
}
