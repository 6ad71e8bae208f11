use super::*;

/// docs/tables.md has every column, with its type, and whether it may be null, in order.
#[test]
fn the_document_describes_the_columns() {
    let document = include_str!("../../docs/tables.md");
    for table in Table::ALL {
        let heading = format!("\n## {}\n", table.name());
        let (_, section) = document.split_once(&heading).unwrap();
        let section = section.split("\n## ").next().unwrap();
        let rows = section.lines().filter(|line| line.starts_with("| `"));
        let described: Vec<_> = rows
            .map(|row| {
                let cells: Vec<_> = row.split('|').map(str::trim).collect();
                let [_, name, kind, _unit, null, source, _] = *cells else {
                    panic!("{row}");
                };
                assert!(!source.is_empty(), "{row}");
                (name.trim_matches('`').to_owned(), kind, !null.is_empty())
            })
            .collect();
        let defined: Vec<_> = table
            .columns()
            .into_iter()
            .map(|it| (it.name.into_owned(), it.kind.name(), it.nullable))
            .collect();
        assert_eq!(described, defined, "{}", table.name());
    }
}

/// No table has two columns of a name.
#[test]
fn names_are_unique() {
    for table in Table::ALL {
        let columns = table.columns();
        let mut names: Vec<_> = columns.iter().map(|column| &column.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), columns.len(), "{}", table.name());
    }
}
