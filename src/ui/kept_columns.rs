//! The columns of the lists that were chosen on the screen, kept from run to run in the program's state directory: a line
//! for each list, `packets no,time,info` or `conversations client,server`.

use crate::{
    columns::chosen::{AnyList, Chosen, ColumnList, Columns, ListColumn, default_columns},
    lang::text,
    own_file,
};
use nix::unistd::geteuid;
use std::{fmt::Write, path::PathBuf};

const FILE: &str = "columns";

/// What the lines of both lists begin with.
const PACKETS: &str = "packets ";
const CONVERSATIONS: &str = "conversations ";

/// Where they are kept.
#[derive(Clone, Debug, Default)]
pub struct KeptColumns {
    /// None if there is no directory, or its file is ignored.
    path: Option<PathBuf>,
    /// The lists that were read, or changed last.
    packets: Option<String>,
    conversations: Option<String>,
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
        };
        // A list that is none now, as after a change of the program, is not applied.
        let list = kept.packets.as_deref().and_then(|it| it.parse().ok());
        if let Some(ColumnList(list)) = list
            && !chosen.iter().any(|it| matches!(it, AnyList::Packets(_)))
        {
            columns.set(AnyList::Packets(list));
        }
        let list = kept.conversations.as_deref().and_then(|it| it.parse().ok());
        if let Some(ColumnList(list)) = list
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
            AnyList::Packets(list) => self.packets = written(list.clone()),
            AnyList::Conversations(list) => {
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
        ] {
            if let Some(list) = list {
                let _ = writeln!(text, "{beginning}{list}");
            }
        }
        own_file::replace(path, text.as_bytes()).map_err(|error| text!("kept-not-written", error))
    }
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
