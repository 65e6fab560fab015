//! One name that is measured, with its meaning and its values.

use std::fmt;

use prometheus_client::encoding::{DescriptorEncoder, MetricEncoder, NoLabelSet};
use prometheus_client::metrics::MetricType;

/// Names and values of labels.
pub(super) type Labels = Vec<(&'static str, String)>;

/// One name with its values; a counter's `_total` is added to it.
pub(super) struct Row {
    pub(super) name: &'static str,
    pub(super) help: &'static str,
    pub(super) kind: MetricType,
    pub(super) values: Vec<(Labels, f64)>,
}

pub(super) fn row(
    kind: MetricType,
    name: &'static str,
    help: &'static str,
    value: Option<f64>,
) -> Row {
    let values = value.map(|value| (vec![], value)).into_iter().collect();
    Row {
        name,
        help,
        kind,
        values,
    }
}

pub(super) fn gauge(name: &'static str, help: &'static str, value: Option<f64>) -> Row {
    row(MetricType::Gauge, name, help, value)
}

pub(super) fn counter(name: &'static str, help: &'static str, value: u64) -> Row {
    row(MetricType::Counter, name, help, Some(float(value)))
}

/// Numbers beyond 2^53 lose their last digits, which nobody measures by.
#[expect(clippy::cast_precision_loss, reason = "values are floating-point")]
pub(super) fn float(value: u64) -> f64 {
    value as f64
}

impl Row {
    pub(super) fn write(&self, encoder: &mut DescriptorEncoder<'_>) -> fmt::Result {
        let mut metric = encoder.encode_descriptor(self.name, self.help, None, self.kind)?;
        for (labels, value) in &self.values {
            // An empty set of labels is written without brackets.
            if labels.is_empty() {
                self.write_one(&mut metric, *value)?;
            } else {
                self.write_one(&mut metric.encode_family(labels)?, *value)?;
            }
        }
        Ok(())
    }

    fn write_one(&self, metric: &mut MetricEncoder<'_>, value: f64) -> fmt::Result {
        if matches!(self.kind, MetricType::Counter) {
            metric.encode_counter::<NoLabelSet, f64, f64>(&value, None)
        } else {
            metric.encode_gauge(&value)
        }
    }
}
