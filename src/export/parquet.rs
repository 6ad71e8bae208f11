//! Tables as Parquet. Rows are collected by columns, and written a row group at a time.

use super::cell::{Cell, Column, Kind};
use parquet::{
    basic::{
        Compression, Encoding, LogicalType, Repetition, TimeUnit, Type as Physical, ZstdLevel,
    },
    data_type::{
        BoolType, ByteArray, ByteArrayType, DoubleType, FixedLenByteArray, FixedLenByteArrayType,
        Int32Type, Int64Type,
    },
    errors::ParquetError,
    file::{
        properties::{EnabledStatistics, WriterProperties},
        writer::{SerializedColumnWriter, SerializedFileWriter},
    },
    schema::types::{ColumnPath, Type},
};
use std::{
    io::{self, Write},
    net::IpAddr,
    sync::Arc,
};

/// Rows of a row group: engines skip row groups by their statistics, and read them in parallel.
pub const ROW_GROUP: usize = 1 << 17;

/// A row group is written earlier if its rows take this much memory, bytes.
const MAX_WEIGHT: usize = 64 << 20;

/// The share of false positives of bloom filters.
const FALSE_POSITIVES: f64 = 0.01;

/// The bytes of an address.
const ADDRESS: i32 = 16;

/// Writes the rows of a table as Parquet.
pub struct ParquetWriter<W: Write + Send> {
    file: SerializedFileWriter<W>,
    columns: Vec<Collected>,
    rows: usize,
    weight: usize,
}

/// The values of a column in the current row group.
struct Collected {
    kind: Kind,
    nullable: bool,
    values: Values,
    /// Whether there is a value: for a list, whether it has an element.
    definition: Vec<i16>,
    /// Whether an element follows another one of its list.
    repetition: Vec<i16>,
}

/// Values by their physical type. Texts and bytes are one after another in one buffer.
enum Values {
    Flags(Vec<bool>),
    Int32(Vec<i32>),
    Int64(Vec<i64>),
    Doubles(Vec<f64>),
    Bytes(Vec<u8>, Vec<usize>),
    /// How many rows have the capture's hash.
    Capture(usize),
}

impl Values {
    fn of(kind: Kind) -> Self {
        match kind {
            Kind::Flag => Values::Flags(Vec::new()),
            Kind::Unsigned16 | Kind::Unsigned32 | Kind::Numbers => Values::Int32(Vec::new()),
            Kind::Unsigned64 | Kind::Signed64 | Kind::Time | Kind::Span => {
                Values::Int64(Vec::new())
            }
            Kind::Double => Values::Doubles(Vec::new()),
            Kind::Text | Kind::Json | Kind::Bytes | Kind::Address | Kind::Texts => {
                Values::Bytes(Vec::new(), Vec::new())
            }
        }
    }

    fn clear(&mut self) {
        match self {
            Values::Flags(values) => values.clear(),
            Values::Int32(values) => values.clear(),
            Values::Int64(values) => values.clear(),
            Values::Doubles(values) => values.clear(),
            Values::Bytes(bytes, ends) => {
                bytes.clear();
                ends.clear();
            }
            Values::Capture(rows) => *rows = 0,
        }
    }

    fn add_bytes(&mut self, value: &[u8]) {
        if let Values::Bytes(bytes, ends) = self {
            bytes.extend_from_slice(value);
            ends.push(bytes.len());
        }
    }

    /// Adds an address as text.
    fn add_host(&mut self, address: IpAddr) {
        if let Values::Bytes(bytes, ends) = self {
            // Memory can always be written to.
            let _ = write!(bytes, "{address}");
            ends.push(bytes.len());
        }
    }

    /// Adds a number; one that is too large for the type is the largest one.
    fn add_number(&mut self, number: u64) {
        match self {
            // The bits of numbers without a sign.
            Values::Int32(values) => values.push(u32::try_from(number).unwrap_or(u32::MAX) as i32),
            Values::Int64(values) => values.push(number as i64),
            Values::Doubles(values) => values.push(number as f64),
            _ => {}
        }
    }
}

impl Collected {
    fn new(column: &Column) -> Self {
        Collected {
            kind: column.kind,
            nullable: column.nullable,
            values: Values::of(column.kind),
            definition: Vec::new(),
            repetition: Vec::new(),
        }
    }

    fn is_list(&self) -> bool {
        matches!(self.kind, Kind::Texts | Kind::Numbers)
    }

    fn add(&mut self, cell: &Cell) {
        if self.is_list() {
            return self.add_list(cell);
        }
        if self.nullable {
            self.definition.push((*cell != Cell::Null).into());
        }
        match (cell, &mut self.values) {
            (Cell::Null, _) => {}
            (Cell::Capture, Values::Capture(rows)) => *rows += 1,
            (Cell::Capture, values) => *values = Values::Capture(1),
            (Cell::Flag(is_set), Values::Flags(values)) => values.push(*is_set),
            (Cell::Unsigned(number), values) => values.add_number(*number),
            (Cell::Signed(number), Values::Int64(values)) => values.push(*number),
            (Cell::Double(number), Values::Doubles(values)) => values.push(*number),
            (Cell::Text(text), values) => values.add_bytes(text.as_bytes()),
            (Cell::Host(address), values) => values.add_host(*address),
            (Cell::Bytes(bytes), values) => values.add_bytes(bytes),
            (Cell::Address(address), values) => values.add_bytes(address),
            // A test holds that each value has the type of its column.
            _ => debug_assert!(false, "{:?}: {cell:?}", self.kind),
        }
    }

    fn add_list(&mut self, cell: &Cell) {
        let count = match cell {
            Cell::Texts(texts) => {
                texts
                    .iter()
                    .for_each(|text| self.values.add_bytes(text.as_bytes()));
                texts.len()
            }
            Cell::Numbers(numbers) => {
                numbers
                    .iter()
                    .for_each(|number| self.values.add_number((*number).into()));
                numbers.len()
            }
            _ => 0,
        };
        if count == 0 {
            self.definition.push(0);
            self.repetition.push(0);
        }
        for at in 0..count {
            self.definition.push(1);
            self.repetition.push((at > 0).into());
        }
    }

    /// Writes them to a row group.
    fn write(
        &mut self,
        column: &mut SerializedColumnWriter,
        capture: &str,
    ) -> Result<(), ParquetError> {
        let definition = (self.nullable || self.is_list()).then_some(&*self.definition);
        let repetition = self.is_list().then_some(&*self.repetition);
        match &mut self.values {
            Values::Flags(values) => {
                column
                    .typed::<BoolType>()
                    .write_batch(values, definition, repetition)?;
            }
            Values::Int32(values) => {
                column
                    .typed::<Int32Type>()
                    .write_batch(values, definition, repetition)?;
            }
            Values::Int64(values) => {
                column
                    .typed::<Int64Type>()
                    .write_batch(values, definition, repetition)?;
            }
            Values::Doubles(values) => {
                column
                    .typed::<DoubleType>()
                    .write_batch(values, definition, repetition)?;
            }
            Values::Capture(rows) => {
                let values = vec![ByteArray::from(capture.as_bytes().to_vec()); *rows];
                column
                    .typed::<ByteArrayType>()
                    .write_batch(&values, definition, repetition)?;
            }
            Values::Bytes(bytes, ends) => {
                let all = ByteArray::from(std::mem::take(bytes));
                let mut from = 0;
                let each = ends.iter().map(|end| {
                    let value = all.slice(from, end - from);
                    from = *end;
                    value
                });
                if self.kind == Kind::Address {
                    let values: Vec<_> = each.map(FixedLenByteArray::from).collect();
                    let column = column.typed::<FixedLenByteArrayType>();
                    column.write_batch(&values, definition, repetition)?;
                } else {
                    let values: Vec<_> = each.collect();
                    let column = column.typed::<ByteArrayType>();
                    column.write_batch(&values, definition, repetition)?;
                }
            }
        }
        self.values.clear();
        self.definition.clear();
        self.repetition.clear();
        Ok(())
    }
}

impl<W: Write + Send> ParquetWriter<W> {
    /// Begins a file.
    pub fn new(out: W, table: &str, columns: &[Column]) -> io::Result<Self> {
        let schema = schema(table, columns).map_err(io_error)?;
        let file = SerializedFileWriter::new(out, Arc::new(schema), Arc::new(properties(columns)));
        Ok(ParquetWriter {
            file: file.map_err(io_error)?,
            columns: columns.iter().map(Collected::new).collect(),
            rows: 0,
            weight: 0,
        })
    }

    /// Adds a row.
    pub fn add<'a>(
        &mut self,
        row: impl IntoIterator<Item = Cell<'a>>,
        capture: impl FnOnce() -> io::Result<String>,
    ) -> io::Result<()> {
        for (column, cell) in self.columns.iter_mut().zip(row) {
            column.add(&cell);
            self.weight += cell.weight();
        }
        self.rows += 1;
        match self.rows >= ROW_GROUP || self.weight >= MAX_WEIGHT {
            true => self.flush(&capture()?),
            false => Ok(()),
        }
    }

    /// Writes a row group.
    fn flush(&mut self, capture: &str) -> io::Result<()> {
        if std::mem::take(&mut self.rows) == 0 {
            return Ok(());
        }
        self.weight = 0;
        self.write_group(capture).map_err(io_error)
    }

    fn write_group(&mut self, capture: &str) -> Result<(), ParquetError> {
        let mut group = self.file.next_row_group()?;
        for collected in &mut self.columns {
            let Some(mut column) = group.next_column()? else {
                break;
            };
            collected.write(&mut column, capture)?;
            column.close()?;
        }
        group.close()?;
        Ok(())
    }

    /// Writes what is left.
    pub fn finish(mut self, capture: &str) -> io::Result<W> {
        self.flush(capture)?;
        self.file.into_inner().map_err(io_error)
    }
}

/// Returns an error as one of the output. That of the system is kept: a full disk is told from others by it.
fn io_error(error: ParquetError) -> io::Error {
    match error {
        ParquetError::External(error) => match error.downcast::<io::Error>() {
            Ok(error) => *error,
            Err(error) => io::Error::other(error),
        },
        error => io::Error::other(error),
    }
}

fn schema(table: &str, columns: &[Column]) -> Result<Type, ParquetError> {
    let fields = columns.iter().map(|column| field(column).map(Arc::new));
    let fields = fields.collect::<Result<Vec<_>, _>>()?;
    Type::group_type_builder(table).with_fields(fields).build()
}

/// Returns the physical type of values, and what they mean.
fn types(kind: Kind) -> (Physical, Option<LogicalType>) {
    match kind {
        Kind::Flag => (Physical::BOOLEAN, None),
        Kind::Unsigned16 => (Physical::INT32, Some(LogicalType::integer(16, false))),
        Kind::Unsigned32 | Kind::Numbers => {
            (Physical::INT32, Some(LogicalType::integer(32, false)))
        }
        Kind::Unsigned64 => (Physical::INT64, Some(LogicalType::integer(64, false))),
        Kind::Signed64 | Kind::Span => (Physical::INT64, Some(LogicalType::integer(64, true))),
        Kind::Double => (Physical::DOUBLE, None),
        Kind::Time => (
            Physical::INT64,
            Some(LogicalType::timestamp(true, TimeUnit::NANOS)),
        ),
        Kind::Text | Kind::Texts => (Physical::BYTE_ARRAY, Some(LogicalType::String)),
        Kind::Json => (Physical::BYTE_ARRAY, Some(LogicalType::Json)),
        Kind::Bytes => (Physical::BYTE_ARRAY, None),
        Kind::Address => (Physical::FIXED_LEN_BYTE_ARRAY, None),
    }
}

fn field(column: &Column) -> Result<Type, ParquetError> {
    let (physical, logical) = types(column.kind);
    let value = |name: &str, repetition| {
        let builder = Type::primitive_type_builder(name, physical)
            .with_repetition(repetition)
            .with_logical_type(logical.clone());
        match physical {
            Physical::FIXED_LEN_BYTE_ARRAY => builder.with_length(ADDRESS).build(),
            _ => builder.build(),
        }
    };
    if !matches!(column.kind, Kind::Texts | Kind::Numbers) {
        return value(
            &column.name,
            match column.nullable {
                true => Repetition::OPTIONAL,
                false => Repetition::REQUIRED,
            },
        );
    }
    let element = value("element", Repetition::REQUIRED)?;
    let list = Type::group_type_builder("list")
        .with_repetition(Repetition::REPEATED)
        .with_fields(vec![Arc::new(element)])
        .build()?;
    Type::group_type_builder(&column.name)
        .with_repetition(Repetition::REQUIRED)
        .with_logical_type(Some(LogicalType::List))
        .with_fields(vec![Arc::new(list)])
        .build()
}

fn properties(columns: &[Column]) -> WriterProperties {
    let mut properties = WriterProperties::builder()
        .set_compression(Compression::ZSTD(ZstdLevel::default()))
        .set_statistics_enabled(EnabledStatistics::Page)
        .set_max_row_group_row_count(None);
    // Times and sums hardly repeat: a dictionary of them is made in vain.
    let differ = |kind| matches!(kind, Kind::Time | Kind::Span | Kind::Unsigned64);
    for column in columns.iter().filter(|column| differ(column.kind)) {
        let path = ColumnPath::from(column.name.as_ref());
        properties = properties
            .set_column_dictionary_enabled(path.clone(), false)
            .set_column_encoding(path, Encoding::DELTA_BINARY_PACKED);
    }
    for column in columns.iter().filter(|column| column.is_key) {
        let path = ColumnPath::from(column.name.as_ref());
        // It is made for a full row group, and made smaller for the values that there are.
        properties = properties
            .set_column_bloom_filter_enabled(path.clone(), true)
            .set_column_bloom_filter_fpp(path.clone(), FALSE_POSITIVES)
            .set_column_bloom_filter_max_ndv(path, ROW_GROUP as u64);
    }
    properties.build()
}

#[cfg(test)]
mod tests {
    use super::*;
    use ::parquet::{
        file::reader::{FileReader, SerializedFileReader},
        record::RowAccessor,
    };

    fn column(name: &'static str, kind: Kind, nullable: bool, is_key: bool) -> Column {
        Column {
            name: name.into(),
            kind,
            nullable,
            is_key,
        }
    }

    #[test]
    fn rows_are_written_in_groups() {
        let columns = [
            column("capture_id", Kind::Text, false, false),
            column("number", Kind::Unsigned32, false, true),
            column("maybe", Kind::Text, true, false),
            column("list", Kind::Numbers, false, false),
        ];
        let file = tempfile::tempfile().unwrap();
        let mut writer = ParquetWriter::new(file.try_clone().unwrap(), "test", &columns).unwrap();
        let count = ROW_GROUP as u32 + 10;
        let capture = || Ok("abc".to_owned());
        for number in 0..count {
            let list: Vec<u32> = (0..number % 3).collect();
            let row = [
                Cell::Capture,
                Cell::number(u32::MAX - number),
                Cell::maybe_text((number % 2 == 0).then(|| number.to_string())),
                Cell::Numbers(&list),
            ];
            writer.add(row, capture).unwrap();
        }
        writer.finish("abc").unwrap();
        let reader = SerializedFileReader::new(file).unwrap();
        let groups = reader.metadata().row_groups();
        let rows: Vec<_> = groups.iter().map(|group| group.num_rows()).collect();
        assert_eq!(rows, [ROW_GROUP as i64, 10]);
        for group in groups {
            let keyed: Vec<_> = group
                .columns()
                .iter()
                .map(|it| it.bloom_filter_offset().is_some())
                .collect();
            assert_eq!(keyed, [false, true, false, false]);
            assert!(
                group
                    .columns()
                    .iter()
                    .all(|column| column.statistics().is_some())
            );
        }
        for (number, row) in (0..).zip(reader.get_row_iter(None).unwrap()) {
            let row = row.unwrap();
            assert_eq!(row.get_string(0).unwrap(), "abc");
            assert_eq!(row.get_uint(1).unwrap(), u32::MAX - number);
            assert_eq!(row.get_string(2).is_ok(), number % 2 == 0);
            assert_eq!(row.get_list(3).unwrap().len() as u32, number % 3);
        }
    }
}
