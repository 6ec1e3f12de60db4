//! Arrow columns of the `as_paths` table, grown one distinct path at a time.

use std::sync::Arc;

use arrow_array::{RecordBatch, StructArray, UInt8Array, UInt16Array, UInt32Array};
use arrow_schema::{ArrowError, DataType, Field, Fields};

use super::attribute_columns::labels;
use super::columns::{batch, list, offset};
use crate::as_path::{self, ORIGIN_KINDS};

/// The growing columns.
pub struct PathColumns {
    hops: Vec<u32>,
    hop_ends: Vec<i32>,
    kinds: Vec<u8>,
    counts: Vec<u8>,
    segment_ends: Vec<i32>,
    origin_as: Vec<Option<u32>>,
    origin_kind: Vec<Option<i8>>,
    upstream_as: Vec<Option<u32>>,
    length: Vec<u16>,
}

impl Default for PathColumns {
    fn default() -> Self {
        Self {
            hops: Vec::new(),
            hop_ends: vec![0],
            kinds: Vec::new(),
            counts: Vec::new(),
            segment_ends: vec![0],
            origin_as: Vec::new(),
            origin_kind: Vec::new(),
            upstream_as: Vec::new(),
            length: Vec::new(),
        }
    }
}

impl PathColumns {
    /// Append a canonical path as a row.
    ///
    /// # Errors
    /// More ASes than 32-bit offsets reach.
    pub fn push(&mut self, canonical: &[u8]) -> Result<(), ArrowError> {
        for segment in as_path::segments(canonical) {
            self.hops.extend(segment.ases());
            self.kinds.push(segment.kind);
            self.counts.push(segment.count());
        }
        self.hop_ends.push(offset(self.hops.len())?);
        self.segment_ends.push(offset(self.kinds.len())?);
        let derived = as_path::derive(canonical);
        self.origin_as.push(derived.origin_as);
        self.origin_kind.push(Some(derived.origin_kind as i8));
        self.upstream_as.push(derived.upstream_as);
        self.length.push(derived.length);
        Ok(())
    }

    /// The finished table.
    ///
    /// # Errors
    /// What Arrow says about columns that do not fit together.
    pub fn finish(self) -> Result<RecordBatch, ArrowError> {
        let segment_fields = Fields::from(vec![
            Field::new("kind", DataType::UInt8, false),
            Field::new("count", DataType::UInt8, false),
        ]);
        let segments = StructArray::try_new(
            segment_fields,
            vec![
                Arc::new(UInt8Array::from(self.kinds)),
                Arc::new(UInt8Array::from(self.counts)),
            ],
            None,
        )?;
        let hops = list(self.hop_ends, Arc::new(UInt32Array::from(self.hops)))?;
        let segments = list(self.segment_ends, Arc::new(segments))?;
        let kind = labels(self.origin_kind, &ORIGIN_KINDS)?;
        let upstream = Arc::new(UInt32Array::from(self.upstream_as));
        batch([
            ("hops", hops, false),
            ("segments", segments, false),
            (
                "origin_as",
                Arc::new(UInt32Array::from(self.origin_as)),
                true,
            ),
            ("origin_kind", kind, false),
            ("upstream_as", upstream, true),
            ("length", Arc::new(UInt16Array::from(self.length)), false),
        ])
    }
}
