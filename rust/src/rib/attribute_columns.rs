//! Arrow columns of the `attributes` table, grown one decoded set at a time.

use std::sync::Arc;

use arrow_array::builder::{
    BinaryBuilder, BooleanBuilder, FixedSizeListBuilder, ListBuilder, StringBuilder,
    StringDictionaryBuilder, StructBuilder, UInt8Builder, UInt32Builder, UInt64Builder,
};
use arrow_array::types::Int32Type;
use arrow_array::{
    Array, ArrayRef, DictionaryArray, Int8Array, RecordBatch, StringArray, make_array,
};
use arrow_buffer::{BooleanBuffer, Buffer, NullBuffer};
use arrow_schema::{ArrowError, DataType, Field, Fields};

use crate::mrt::attributes::{AttributeSet, Raw};

/// Names of the ORIGIN codes 0, 1, 2.
pub const ORIGINS: [&str; 3] = ["IGP", "EGP", "INCOMPLETE"];

/// Builders of every column.
pub struct AttributeColumns {
    origin: Vec<Option<i8>>,
    next_hop: StringDictionaryBuilder<Int32Type>,
    next_hop_link_local: StringBuilder,
    med: UInt32Builder,
    local_pref: UInt32Builder,
    communities: ListBuilder<UInt32Builder>,
    large_communities: ListBuilder<FixedSizeListBuilder<UInt32Builder>>,
    extended_communities: ListBuilder<UInt64Builder>,
    ipv6_extended_communities: ListBuilder<BinaryBuilder>,
    atomic_aggregate: BooleanBuilder,
    aggregator_as: UInt32Builder,
    aggregator_ip: StringBuilder,
    originator_id: StringBuilder,
    cluster_list: ListBuilder<UInt32Builder>,
    otc: UInt32Builder,
    aigp: UInt64Builder,
    unknown: ListBuilder<StructBuilder>,
}

/// A list item field that is never null.
pub fn item(data_type: DataType) -> Field {
    Field::new("item", data_type, false)
}

/// Fields of an unknown attribute.
fn raw_fields() -> Fields {
    Fields::from(vec![
        Field::new("flags", DataType::UInt8, false),
        Field::new("type", DataType::UInt8, false),
        Field::new("value", DataType::Binary, false),
    ])
}

impl Default for AttributeColumns {
    fn default() -> Self {
        let words = || ListBuilder::new(UInt32Builder::new()).with_field(item(DataType::UInt32));
        let large = Arc::new(item(DataType::UInt32));
        let raw: Vec<Box<dyn arrow_array::builder::ArrayBuilder>> = vec![
            Box::new(UInt8Builder::new()),
            Box::new(UInt8Builder::new()),
            Box::new(BinaryBuilder::new()),
        ];
        Self {
            origin: Vec::new(),
            next_hop: StringDictionaryBuilder::new(),
            next_hop_link_local: StringBuilder::new(),
            med: UInt32Builder::new(),
            local_pref: UInt32Builder::new(),
            communities: words(),
            large_communities: ListBuilder::new(
                FixedSizeListBuilder::new(UInt32Builder::new(), 3).with_field(Arc::clone(&large)),
            )
            .with_field(item(DataType::FixedSizeList(large, 3))),
            extended_communities: ListBuilder::new(UInt64Builder::new())
                .with_field(item(DataType::UInt64)),
            ipv6_extended_communities: ListBuilder::new(BinaryBuilder::new())
                .with_field(item(DataType::Binary)),
            atomic_aggregate: BooleanBuilder::new(),
            aggregator_as: UInt32Builder::new(),
            aggregator_ip: StringBuilder::new(),
            originator_id: StringBuilder::new(),
            cluster_list: words(),
            otc: UInt32Builder::new(),
            aigp: UInt64Builder::new(),
            unknown: ListBuilder::new(StructBuilder::new(raw_fields(), raw))
                .with_field(item(DataType::Struct(raw_fields()))),
        }
    }
}

impl AttributeColumns {
    /// Append one set as a row.
    ///
    /// # Errors
    /// What Arrow says, which on these types is only running out of dictionary keys.
    pub fn push(&mut self, set: &AttributeSet) -> Result<(), ArrowError> {
        self.origin
            .push(set.origin.and_then(|o| i8::try_from(o).ok()));
        match set.next_hop {
            Some(address) => {
                self.next_hop.append(address.to_string())?;
            }
            None => self.next_hop.append_null(),
        }
        self.next_hop_link_local
            .append_option(set.next_hop_link_local.map(|a| a.to_string()));
        self.med.append_option(set.med);
        self.local_pref.append_option(set.local_pref);
        push_list(&mut self.communities, set.communities.as_deref());
        self.push_large(set.large_communities.as_deref());
        if let Some(items) = &set.extended_communities {
            self.extended_communities.values().append_slice(items);
        }
        self.extended_communities
            .append(set.extended_communities.is_some());
        for value in set.ipv6_extended_communities.iter().flatten() {
            self.ipv6_extended_communities.values().append_value(value);
        }
        self.ipv6_extended_communities
            .append(set.ipv6_extended_communities.is_some());
        self.atomic_aggregate.append_value(set.atomic_aggregate);
        self.aggregator_as
            .append_option(set.aggregator.map(|a| a.0));
        self.aggregator_ip
            .append_option(set.aggregator.map(|a| a.1.to_string()));
        self.originator_id
            .append_option(set.originator_id.map(|a| a.to_string()));
        push_list(&mut self.cluster_list, set.cluster_list.as_deref());
        self.otc.append_option(set.otc);
        self.aigp.append_option(set.aigp);
        self.push_unknown(&set.unknown);
        Ok(())
    }

    fn push_large(&mut self, words: Option<&[u32]>) {
        let triples = self.large_communities.values();
        for triple in words.unwrap_or_default().as_chunks::<3>().0 {
            triples.values().append_slice(triple);
            triples.append(true);
        }
        self.large_communities.append(words.is_some());
    }

    fn push_unknown(&mut self, unknown: &[Raw]) {
        let raw = self.unknown.values();
        for one in unknown {
            if let Some(flags) = raw.field_builder::<UInt8Builder>(0) {
                flags.append_value(one.flags);
            }
            if let Some(code) = raw.field_builder::<UInt8Builder>(1) {
                code.append_value(one.code);
            }
            if let Some(value) = raw.field_builder::<BinaryBuilder>(2) {
                value.append_value(&one.value);
            }
            raw.append(true);
        }
        self.unknown.append(!unknown.is_empty());
    }

    /// The finished table.
    ///
    /// # Errors
    /// What Arrow says about columns that do not fit together.
    pub fn finish(mut self) -> Result<RecordBatch, ArrowError> {
        let columns: Vec<(&str, ArrayRef, bool)> = vec![
            ("origin", labels(self.origin, &ORIGINS)?, true),
            ("next_hop", Arc::new(self.next_hop.finish()), true),
            (
                "next_hop_link_local",
                Arc::new(self.next_hop_link_local.finish()),
                true,
            ),
            ("med", Arc::new(self.med.finish()), true),
            ("local_pref", Arc::new(self.local_pref.finish()), true),
            ("communities", Arc::new(self.communities.finish()), true),
            (
                "large_communities",
                Arc::new(self.large_communities.finish()),
                true,
            ),
            (
                "extended_communities",
                Arc::new(self.extended_communities.finish()),
                true,
            ),
            (
                "ipv6_extended_communities",
                Arc::new(self.ipv6_extended_communities.finish()),
                true,
            ),
            (
                "atomic_aggregate",
                Arc::new(self.atomic_aggregate.finish()),
                false,
            ),
            ("aggregator_as", Arc::new(self.aggregator_as.finish()), true),
            ("aggregator_ip", Arc::new(self.aggregator_ip.finish()), true),
            ("originator_id", Arc::new(self.originator_id.finish()), true),
            ("cluster_list", Arc::new(self.cluster_list.finish()), true),
            ("otc", Arc::new(self.otc.finish()), true),
            ("aigp", Arc::new(self.aigp.finish()), true),
            ("unknown", Arc::new(self.unknown.finish()), true),
        ];
        RecordBatch::try_from_iter_with_nullable(share_zeros(columns)?)
    }
}

/// Let the columns in which everything is null share their memory. Most dumps lack most attributes, and
/// eight such columns are a tenth of a table.
fn share_zeros<'n>(
    columns: Vec<(&'n str, ArrayRef, bool)>,
) -> Result<Vec<(&'n str, ArrayRef, bool)>, ArrowError> {
    let is_null = |array: &ArrayRef| !array.is_empty() && array.null_count() == array.len();
    let sizes = columns.iter().filter(|(_, array, _)| is_null(array));
    let largest = sizes.flat_map(|(_, array, _)| {
        let buffers = array.to_data().buffers().to_vec();
        buffers.into_iter().map(|buffer| buffer.len())
    });
    let zeros = Buffer::from(vec![0_u8; largest.max().unwrap_or_default()]);
    let share = |(name, array, nullable): (&'n str, ArrayRef, bool)| {
        if !is_null(&array) {
            return Ok((name, array, nullable));
        }
        let data = array.to_data();
        let none = BooleanBuffer::new(zeros.clone(), 0, array.len());
        let buffers = data.buffers().iter();
        // Offsets of nothing and values under nulls are zeros, of whatever width.
        let buffers = buffers
            .map(|buffer| zeros.slice_with_length(0, buffer.len()))
            .collect();
        let shared = data
            .into_builder()
            .nulls(Some(NullBuffer::new(none)))
            .buffers(buffers)
            .build()?;
        Ok((name, make_array(shared), nullable))
    };
    columns.into_iter().map(share).collect()
}

fn push_list(list: &mut ListBuilder<UInt32Builder>, items: Option<&[u32]>) {
    if let Some(items) = items {
        list.values().append_slice(items);
    }
    list.append(items.is_some());
}

/// A dictionary column over fixed labels.
///
/// # Errors
/// What Arrow says about keys outside the labels.
pub fn labels(keys: Vec<Option<i8>>, names: &[&'static str]) -> Result<ArrayRef, ArrowError> {
    let values = Arc::new(StringArray::from_iter_values(names));
    Ok(Arc::new(DictionaryArray::try_new(
        Int8Array::from(keys),
        values,
    )?))
}
