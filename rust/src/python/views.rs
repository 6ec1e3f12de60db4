//! Text views as records, for Python.

use std::collections::HashMap;
use std::net::IpAddr;

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict};

use super::errors::detached;
use crate::views::{Format, View, read};

/// Read a part of a text view into RIB records and an account of its bytes.
#[pyfunction]
pub fn view_records<'py>(
    py: Python<'py>,
    format: &str,
    text: &[u8],
) -> PyResult<(Bound<'py, PyBytes>, Bound<'py, PyDict>)> {
    let format = Format::from_name(format).ok_or_else(|| {
        PyValueError::new_err(format!(
            "format={format:?}: expected 'bgpdump', 'bird' or 'routeros'"
        ))
    })?;
    let view = detached(py, || Ok(read(format, text)))?;
    Ok((PyBytes::new(py, &view.records), report(py, &view)?))
}

fn report<'py>(py: Python<'py>, view: &View) -> PyResult<Bound<'py, PyDict>> {
    let account = &view.account;
    let report = PyDict::new(py);
    let peers: Vec<_> = view
        .peers
        .iter()
        .map(|p| {
            let bgp_id = p.bgp_id.map(|id| PyBytes::new(py, &id.octets()));
            let address = match p.address {
                IpAddr::V4(address) => PyBytes::new(py, &address.octets()),
                IpAddr::V6(address) => PyBytes::new(py, &address.octets()),
            };
            (PyBytes::new(py, &p.name), p.asn, address, bgp_id)
        })
        .collect();
    report.set_item("peers", peers)?;
    let records = account.records.iter();
    let numbers: HashMap<_, _> = records
        .clone()
        .map(|(kind, found)| (*kind, found.0))
        .collect();
    let octets: HashMap<_, _> = records.map(|(kind, found)| (*kind, found.1)).collect();
    report.set_item("records", numbers)?;
    report.set_item("record_bytes", octets)?;
    let skipped = account
        .skipped
        .iter()
        .map(|s| (s.offset, s.length, s.reason));
    report.set_item("skipped", skipped.collect::<Vec<_>>())?;
    let issues = account.issues.iter();
    let issues = issues.map(|i| (i.line, i.offset, i.kind, i.detail.as_str()));
    report.set_item("issues", issues.collect::<Vec<_>>())?;
    report.set_item("n_issues", account.n_issues)?;
    report.set_item("n_lost", account.n_lost)?;
    report.set_item("n_lines", account.n_lines)?;
    report.set_item("other", account.other.clone())?;
    Ok(report)
}
