//! Tests of the findings of whole captures.
