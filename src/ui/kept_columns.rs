//! The columns of the lists that were chosen on the screen, kept from run to run in the program's state directory: a line
//! for each list, `packets no,time,info` or `conversations client,server`, and one for the widths that were chosen,
//! `packet-widths 0,0,40`.

use crate::{
    columns::chosen::{AnyList, Chosen, ColumnList, Columns, ListColumn, default_columns},
    lang::text,
    own_file,
};
use nix::unistd::geteuid;
use std::{fmt::Write, path::PathBuf};

const FILE: &str = "columns";

/// No column is made wider than this on the screen.
pub const WIDEST: usize = 120;

/// What the lines of both lists begin with, and those of their widths, where 0 is what follows from the content.
const PACKETS: &str = "packets ";
const CONVERSATIONS: &str = "conversations ";
const PACKET_WIDTHS: &str = "packet-widths ";
const CONVERSATION_WIDTHS: &str = "conversation-widths ";

/// Where they are kept.
#[derive(Clone, Debug, Default)]
pub struct KeptColumns {
    /// None if there is no directory, or its file is ignored.
    path: Option<PathBuf>,
    /// The lists that were read, or changed last.
    packets: Option<String>,
    conversations: Option<String>,
    packet_widths: Option<String>,
    conversation_widths: Option<String>,
}

impl KeptColumns {
    /// Reads them from a directory, for the lists that were not chosen otherwise. Returns also what is wrong with it, as
    /// a sentence.
    pub fn read(
        directory: Option<PathBuf>,
        chosen: &[AnyList],
        columns: &mut Columns,
    ) -> (Self, Option<String>) {
        let path = directory.map(|directory| directory.join(FILE));
        let lines = path
            .as_deref()
            .map(|path| own_file::lines(path, geteuid().as_raw()));
        let lines = match lines.unwrap_or_else(|| Ok(Vec::new())) {
            Ok(lines) => lines,
            Err(why) => return (KeptColumns::default(), Some(why)),
        };
        let of = |beginning: &str| {
            let mut lists = lines.iter().filter_map(|line| line.strip_prefix(beginning));
            lists.next().map(str::to_owned)
        };
        let kept = KeptColumns {
            path,
            packets: of(PACKETS),
            conversations: of(CONVERSATIONS),
            packet_widths: of(PACKET_WIDTHS),
            conversation_widths: of(CONVERSATION_WIDTHS),
        };
        // A list that is none now, as after a change of the program, is not applied.
        if let Some(list) = list(&kept.packets, &kept.packet_widths)
            && !chosen.iter().any(|it| matches!(it, AnyList::Packets(_)))
        {
            columns.set(AnyList::Packets(list));
        }
        if let Some(list) = list(&kept.conversations, &kept.conversation_widths)
            && !chosen
                .iter()
                .any(|it| matches!(it, AnyList::Conversations(_)))
        {
            columns.set(AnyList::Conversations(Some(list)));
        }
        (kept, None)
    }

    /// Keeps a list that was changed. The usual columns need no line.
    ///
    /// # Errors
    ///
    /// Fails with the reason why it is only kept in this run.
    pub fn keep(&mut self, changed: &AnyList) -> Result<(), String> {
        match changed {
            AnyList::Packets(list) => {
                self.packet_widths = widths(list);
                self.packets = written(list.clone());
            }
            AnyList::Conversations(list) => {
                self.conversation_widths = list.as_deref().and_then(widths);
                self.conversations = list.clone().and_then(written);
            }
        }
        // Without a directory they last for this run, as filters do.
        let Some(path) = &self.path else {
            return Ok(());
        };
        let mut text = String::new();
        for (beginning, list) in [
            (PACKETS, &self.packets),
            (CONVERSATIONS, &self.conversations),
            (PACKET_WIDTHS, &self.packet_widths),
            (CONVERSATION_WIDTHS, &self.conversation_widths),
        ] {
            if let Some(list) = list {
                let _ = writeln!(text, "{beginning}{list}");
            }
        }
        own_file::replace(path, text.as_bytes()).map_err(|error| text!("kept-not-written", error))
    }
}

/// Returns a list that was kept, with the widths of its columns; nothing if it is the usual one.
fn list<C: ListColumn>(list: &Option<String>, widths: &Option<String>) -> Option<Vec<Chosen<C>>> {
    let kept = list.as_deref().map(|list| list.parse().ok());
    let kept = kept.map(|kept| kept.map(|ColumnList(list)| list));
    let mut list = match (kept, widths) {
        (Some(list), _) => list?,
        (None, Some(_)) => default_columns(),
        (None, None) => return None,
    };
    let widths = widths.as_deref().unwrap_or_default().split(',');
    let widths: Vec<usize> = widths.filter_map(|width| width.parse().ok()).collect();
    // Those of other columns mean nothing.
    if widths.len() == list.len() {
        for (column, width) in list.iter_mut().zip(widths) {
            column.width = (width > 0).then(|| width.min(WIDEST));
        }
    }
    Some(list)
}

/// Returns the widths of the columns as they are written; none if none was chosen.
fn widths<C>(list: &[Chosen<C>]) -> Option<String> {
    let widths = list.iter().map(|column| column.width.unwrap_or(0));
    let widths: Vec<_> = widths.map(|width| width.to_string()).collect();
    let is_chosen = list.iter().any(|column| column.width.is_some());
    is_chosen.then(|| widths.join(","))
}

/// Returns a list as it is written; none for the usual one, and for one that a line cannot hold.
fn written<C: ListColumn>(list: Vec<Chosen<C>>) -> Option<String> {
    let line = ColumnList(list).to_string();
    let usual = ColumnList(default_columns::<C>()).to_string();
    (line != usual && !line.contains(char::is_control)).then_some(line)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::columns::{Column, packets::PacketColumn};
    use std::{fs, path::Path};

    fn names<C: ListColumn>(list: &[Chosen<C>]) -> String {
        ColumnList(list.to_vec()).to_string()
    }

    fn read(folder: &Path, chosen: &[&str]) -> (KeptColumns, Columns, Option<String>) {
        let chosen: Vec<AnyList> = chosen.iter().map(|it| it.parse().unwrap()).collect();
        let mut columns = Columns::default();
        for list in &chosen {
            columns.set(list.clone());
        }
        let (kept, why) = KeptColumns::read(Some(folder.to_owned()), &chosen, &mut columns);
        (kept, columns, why)
    }

    #[test]
    fn they_come_back_in_the_next_run() {
        let folder = tempfile::tempdir().unwrap();
        let (mut kept, ..) = read(folder.path(), &[]);
        kept.keep(&"no,Window=tcp.window_size,info".parse().unwrap())
            .unwrap();
        kept.keep(&"client,tls.handshake.version".parse().unwrap())
            .unwrap();
        let (mut kept, columns, why) = read(folder.path(), &[]);
        assert_eq!(why, None);
        assert_eq!(names(columns.packets()), "no,Window=tcp.window_size,info");
        assert_eq!(
            names(columns.conversations().unwrap()),
            "client,tls.handshake.version"
        );
        // What is chosen on the command line is not replaced, and not kept.
        let (_, columns, _) = read(folder.path(), &["no,info"]);
        assert_eq!(names(columns.packets()), "no,info");
        assert!(columns.conversations().is_some());
        kept.keep(&Column::default_list()).unwrap();
        kept.keep(&PacketColumn::default_list()).unwrap();
        assert_eq!(fs::read_to_string(folder.path().join(FILE)).unwrap(), "");
    }

    #[test]
    fn widths_come_back_too() {
        let folder = tempfile::tempdir().unwrap();
        let (mut kept, columns, _) = read(folder.path(), &[]);
        let mut list = columns.packets().to_vec();
        list[2].width = Some(30);
        kept.keep(&AnyList::Packets(list)).unwrap();
        let (_, columns, why) = read(folder.path(), &[]);
        assert_eq!(why, None);
        let widths: Vec<_> = columns.packets().iter().map(|it| it.width).collect();
        assert_eq!(widths[..4], [None, None, Some(30), None]);
        // Those of other columns are left out.
        fs::write(
            folder.path().join(FILE),
            "packets no,info\npacket-widths 5\n",
        )
        .unwrap();
        let (_, columns, _) = read(folder.path(), &[]);
        assert!(columns.packets().iter().all(|it| it.width.is_none()));
    }

    #[test]
    fn what_is_no_such_file_is_left_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(FILE);
        fs::write(&path, "packets no,nothing_like_it\n").unwrap();
        let (_, columns, why) = read(folder.path(), &[]);
        assert_eq!(
            (names(columns.packets()), why),
            (names(Columns::default().packets()), None)
        );
        fs::write(&path, b"packets \xff").unwrap();
        let (mut kept, _, why) = read(folder.path(), &[]);
        assert!(why.is_some());
        kept.keep(&"no,info".parse().unwrap()).unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"packets \xff");
    }
}
